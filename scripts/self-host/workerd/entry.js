/**
 * Main module on a machine of one's own, beside the bundled Worker. In one isolate with it: what passes from one Worker to
 * another workerd keeps until a collection, which a small heap hardly ever has (github.com/cloudflare/workerd/issues/6894).
 */

import { withAddresses } from './client-address.ts';
import worker from './index.js';

export * from './index.js';
export default withAddresses(worker);
