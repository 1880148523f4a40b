/** Scripts of the pages: each part runs only where its section is. */
import { startEnrol } from './enrol.ts';
import { startFace } from './face.ts';

if (document.getElementById('face')) startFace();
if (document.getElementById('enrol')) startEnrol();
document.documentElement.dataset.ready = ''; // for whoever drives this page
