/** The demo page: a client of the API like any other, with a key that somebody types in. */
import { offerRates, startCompare } from './compare.ts';
import { Connector } from './connection.ts';
import { startLogin } from './login.ts';
import { startTabs } from './tabs.ts';

const connector = new Connector(({ model }) => offerRates(model.calibration.rates));
startCompare(connector);
startLogin(connector);
startTabs();
await connector.start();
document.documentElement.dataset.ready = ''; // for whoever drives this page
