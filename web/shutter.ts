/** A dialog that takes one picture with the camera. */
import { Camera } from '../client/browser.ts';
import { find } from './dom.ts';
import { explain } from './words.ts';

/** @returns undefined when the person closes it without a picture */
export function takePicture(): Promise<Blob | undefined> {
  const dialog = find<HTMLDialogElement>('shutter');
  const take = find<HTMLButtonElement>('shutter-take');
  const error = find('shutter-error');
  error.hidden = true;
  return new Promise((resolve) => {
    let camera: Camera | undefined;
    let picture: Blob | undefined;
    const events = new AbortController();
    const fail = (thrown: unknown) => {
      const { title, hint } = explain(thrown);
      error.textContent = `${title}. ${hint}`;
      error.hidden = false;
    };
    const onTake = async () => {
      try {
        picture = await camera?.frame();
        dialog.close();
      } catch (thrown) {
        fail(thrown);
      }
    };
    const { signal } = events;
    take.addEventListener('click', onTake, { signal });
    find('shutter-cancel').addEventListener('click', () => dialog.close(), { signal });
    dialog.addEventListener(
      'close', // by a button or by Escape
      () => {
        events.abort();
        camera?.close();
        resolve(picture);
      },
      { signal },
    );
    take.disabled = true;
    dialog.showModal();
    Camera.open(find<HTMLVideoElement>('shutter-video')).then(
      (opened) => {
        camera = opened;
        if (signal.aborted) return opened.close(); // closed while the permission was asked for
        take.disabled = false;
        take.focus();
      },
      (thrown) => fail(thrown),
    );
  });
}
