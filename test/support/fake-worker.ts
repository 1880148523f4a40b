/** The API around a verifier that decides nothing: for tests of what is HTTP, over sockets. */
import { createApp } from '../../worker/app.ts';
import { fakeServices } from './api.ts';

export { Attempts } from '../../worker/login/attempts.ts';

export default createApp(fakeServices());
