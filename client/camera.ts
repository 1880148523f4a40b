/** The camera: opened by a gesture, seen as a mirror, recorded as it is. */
import { drawJpeg } from './picture.ts';

export type CameraTrouble = 'insecure' | 'denied' | 'missing' | 'busy' | 'ended';

export class CameraError extends Error {
  override readonly name = 'CameraError';

  constructor(readonly trouble: CameraTrouble) {
    super(`The camera cannot be used: ${trouble}.`);
  }
}

/** What a login costs is counted in frames of this size. */
const WIDTH = 640;
const HEIGHT = 480;
/** A camera that sends no frame for so long has been taken away. */
const FRAME_MS = 5_000;

export class Camera {
  readonly #stream: MediaStream;
  readonly #video: HTMLVideoElement;

  private constructor(stream: MediaStream, video: HTMLVideoElement) {
    this.#stream = stream;
    this.#video = video;
  }

  /**
   * Asks for the camera at the person's side and shows it in `video`. Mirror it there, with CSS
   * (`transform: scaleX(-1)`): people expect to see themselves so.
   *
   * @throws CameraError
   */
  static async open(video: HTMLVideoElement): Promise<Camera> {
    // Browsers hide the camera from pages that came without TLS, localhost apart.
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraError('insecure');
    const size = { width: { ideal: WIDTH }, height: { ideal: HEIGHT } };
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: 'user', ...size },
      });
    } catch (error) {
      throw new CameraError(troubleOf(error));
    }
    video.muted = true;
    video.playsInline = true; // iOS would open its own player
    video.srcObject = stream;
    const camera = new Camera(stream, video);
    try {
      await video.play();
    } catch (error) {
      camera.close();
      throw new CameraError(troubleOf(error));
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

  /** A frame that was taken after this call: the one on screen may be from before the prompt. */
  #next(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.open) return reject(new CameraError('ended'));
      const late = setTimeout(() => reject(new CameraError('ended')), FRAME_MS);
      const done = () => {
        clearTimeout(late);
        resolve();
      };
      if ('requestVideoFrameCallback' in this.#video) this.#video.requestVideoFrameCallback(done);
      else setTimeout(done, 100);
    });
  }
}

/** By the names that W3C Media Capture gives them. */
function troubleOf(error: unknown): CameraTrouble {
  switch (error instanceof DOMException ? error.name : '') {
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
