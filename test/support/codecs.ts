/** The compiled codecs, as the Worker has them; `node/codecs.ts` has them for Node. */
import { pictureModules } from '../../worker/runtime/picture-modules.ts';

export const { codecs } = pictureModules();
