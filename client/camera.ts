/** The camera: opened by a gesture, seen as a mirror, recorded as it is. */
import { VisavisError } from './errors.ts';
import { drawJpeg } from './picture.ts';

export type CameraErrorCode = 'insecure' | 'denied' | 'missing' | 'busy' | 'ended';

/** The camera cannot be used; `code` says why. */
export class CameraError extends VisavisError<CameraErrorCode> {
  override readonly name = 'CameraError';

  constructor(code: CameraErrorCode, options?: ErrorOptions) {
    super(code, `The camera cannot be used: ${code}.`, options);
  }
}

export interface CameraOptions {
  /** Id of a camera, from `Camera.devices()`; default: the one that faces the person. */
  readonly deviceId?: string | undefined;
  /** Signal to give up by: a camera that is allowed only afterwards is turned off at once. */
  readonly signal?: AbortSignal | undefined;
}

/** A camera that can be opened. */
export interface CameraDevice {
  readonly deviceId: string;
  /** Empty until a camera was allowed once on this page. */
  readonly label: string;
}

/** Size of the frames that a login is sent in. */
const WIDTH = 640;
const HEIGHT = 480;
/** A camera that sends no frame for so many seconds, to a page in sight, has been taken away. */
const FRAME_SECONDS = 5;

export class Camera {
  readonly #stream: MediaStream;
  readonly #video: HTMLVideoElement;

  private constructor(stream: MediaStream, video: HTMLVideoElement) {
    this.#stream = stream;
    this.#video = video;
  }

  /** The cameras there are. @throws CameraError `insecure` */
  static async devices(): Promise<CameraDevice[]> {
    if (!navigator.mediaDevices?.enumerateDevices) throw new CameraError('insecure');
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices
      .filter(({ kind }) => kind === 'videoinput')
      .map(({ deviceId, label }) => ({ deviceId, label }));
  }

  /**
   * Asks for the camera at the person's side and shows it in `video`. Mirror it there, with CSS
   * (`transform: scaleX(-1)`): people expect to see themselves so.
   *
   * @throws CameraError, or the reason of `signal`
   * @example
   * ```ts
   * const camera = await Camera.open(video, { deviceId: select.value });
   * const picture = await camera.frame();
   * camera.close();
   * ```
   */
  static async open(
    video: HTMLVideoElement,
    { deviceId, signal }: CameraOptions = {},
  ): Promise<Camera> {
    signal?.throwIfAborted();
    // Browsers hide the camera from pages that came without TLS, localhost apart.
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraError('insecure');
    const size = { width: { ideal: WIDTH }, height: { ideal: HEIGHT } };
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: {
          ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'user' }),
          ...size,
        },
      });
    } catch (error) {
      throw new CameraError(codeOf(error), { cause: error });
    }
    const camera = new Camera(stream, video);
    if (signal?.aborted) {
      camera.close();
      throw signal.reason;
    }
    video.muted = true;
    video.playsInline = true; // iOS would open its own player
    video.srcObject = stream;
    try {
      await video.play();
      signal?.throwIfAborted();
    } catch (error) {
      camera.close();
      if (signal?.aborted) throw signal.reason;
      throw new CameraError(codeOf(error), { cause: error });
    }
    return camera;
  }

  get open(): boolean {
    return this.#stream.getVideoTracks().some((track) => track.readyState === 'live');
  }

  /**
   * The next frame, as a JPEG: not mirrored, whatever the page does to `video`, so that left and
   * right in it are the person's own.
   *
   * @throws CameraError `ended` when there is none to come
   */
  async frame(): Promise<Blob> {
    await this.#next();
    const { videoWidth, videoHeight } = this.#video;
    const scale = Math.min(1, WIDTH / Math.max(videoWidth, videoHeight));
    return drawJpeg(this.#video, videoWidth * scale, videoHeight * scale);
  }

  /** Turns the camera, and its light, off. */
  close(): void {
    for (const track of this.#stream.getTracks()) track.stop();
    if (this.#video.srcObject === this.#stream) this.#video.srcObject = null;
  }

  /**
   * A frame that was taken after this call: the one on screen may be from before the prompt. A page
   * that is hidden gets none until it is seen again.
   */
  #next(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.open) return reject(new CameraError('ended'));
      let waited = 0;
      const clock = setInterval(() => {
        waited = document.hidden ? 0 : waited + 1;
        if (this.open && waited < FRAME_SECONDS) return;
        clearInterval(clock);
        reject(new CameraError('ended'));
      }, 1_000);
      const done = () => {
        clearInterval(clock);
        resolve();
      };
      if ('requestVideoFrameCallback' in this.#video) this.#video.requestVideoFrameCallback(done);
      else setTimeout(done, 100);
    });
  }
}

/**
 * Code of an error of `getUserMedia`, by the names that W3C Media Capture gives them. Not
 * every browser makes each of them a DOMException.
 */
function codeOf(error: unknown): CameraErrorCode {
  switch ((error as { name?: unknown } | undefined)?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'AbortError':
    case 'NotReadableError':
      return 'busy';
    default:
      return 'ended';
  }
}
