/** The API around a model that decides nothing: for tests of what is HTTP, over sockets. */
import { createApp } from '../../worker/app.ts';
import { fakeModels } from './api.ts';

export { GalleryDirectory } from '../../worker/gallery/directory.ts';
export { Gallery } from '../../worker/gallery/durable-object.ts';
export { Attempts } from '../../worker/login/attempts.ts';

export default createApp(fakeModels());
