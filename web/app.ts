/** The demo page: a client of the API like any other, with a key that somebody types in. */
import { startCompare } from './compare.ts';
import { Connector } from './connection.ts';
import { startIdentify } from './identify.ts';
import { startLogin } from './login.ts';
import { keepPageFromDrops } from './picture-files.ts';
import { startSort } from './sort.ts';
import { startTabs } from './tabs.ts';

const connector = new Connector();
startCompare(connector);
startLogin(connector);
startIdentify(connector);
startSort(connector);
startTabs();
keepPageFromDrops();
await connector.start();
document.documentElement.dataset.ready = ''; // for whoever drives this page
