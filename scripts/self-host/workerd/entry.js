/**
 * Main module on a machine of one's own, in one isolate with the bundled Worker. Of a call between two Workers workerd
 * keeps memory until a garbage collection, which a small heap hardly ever has (github.com/cloudflare/workerd/issues/6894).
 */

import { withAddresses } from './client-address.ts';
import worker from './index.js';

export * from './index.js';
export default withAddresses(worker);
