/** The camera, in a browser that is a stand-in: what it does when the browser refuses, or frames stop. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Camera, CameraError } from '../../client/camera.ts';

/** A camera's stream with its one track. */
function streamOf() {
  const track = { readyState: 'live', stop: vi.fn() };
  track.stop.mockImplementation(() => {
    track.readyState = 'ended';
  });
  return { track, getTracks: () => [track], getVideoTracks: () => [track] };
}

/** An element of the page; `callback` is whoever waits for its next frame. */
const videoOf = () => ({
  srcObject: null as unknown,
  play: async () => {},
  callback: undefined as (() => void) | undefined,
  requestVideoFrameCallback(callback: () => void) {
    this.callback = callback;
  },
});

const openIn = (video: object, options = {}) => Camera.open(video as HTMLVideoElement, options);

const answering = (getUserMedia: () => Promise<unknown>) =>
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });

afterEach(() => void vi.unstubAllGlobals());

describe('a camera that is refused', () => {
  it.each([
    ['NotAllowedError', 'denied'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'busy'],
    ['TypeError', 'ended'],
  ])('has a code for %s: %s', async (name, code) => {
    // Not every browser makes each of them a DOMException.
    answering(() => Promise.reject({ name }));
    const error = await openIn(videoOf()).catch((error) => error);
    expect(error).toBeInstanceOf(CameraError);
    expect(error).toMatchObject({ code, cause: { name } });
  });
});

describe('a page that is left', () => {
  const reason = new Error('left');

  it('does not ask for the camera', async () => {
    const ask = vi.fn(async () => streamOf());
    answering(ask);
    const signal = AbortSignal.abort(reason);
    await expect(openIn(videoOf(), { signal })).rejects.toBe(reason);
    expect(ask).not.toHaveBeenCalled();
  });

  it('turns a camera off that is allowed too late, and shows nothing of it', async () => {
    const stream = streamOf();
    const asked = Promise.withResolvers();
    answering(() => asked.promise);
    const leaving = new AbortController();
    const video = videoOf();
    const opening = openIn(video, { signal: leaving.signal }).catch((error) => error);
    leaving.abort(reason);
    asked.resolve(stream);
    expect(await opening).toBe(reason);
    expect(stream.track.stop).toHaveBeenCalled();
    expect(video.srcObject).toBeNull();
  });

  it('turns it off as well where the picture was about to start', async () => {
    const stream = streamOf();
    answering(async () => stream);
    const leaving = new AbortController();
    const video = { ...videoOf(), play: async () => leaving.abort(reason) };
    await expect(openIn(video, { signal: leaving.signal })).rejects.toBe(reason);
    expect(stream.track.stop).toHaveBeenCalled();
    expect(video.srcObject).toBeNull();
  });
});

describe('a frame that does not come', () => {
  let page: { hidden: boolean };
  beforeEach(() => {
    vi.useFakeTimers();
    page = { hidden: false };
    vi.stubGlobal('document', page);
  });
  afterEach(() => void vi.useRealTimers());

  /** A frame that is asked for, and what became of it. */
  async function waiting() {
    const stream = streamOf();
    answering(async () => stream);
    const camera = await openIn(videoOf());
    let said: unknown = 'waits';
    camera.frame().catch((error) => {
      said = error;
    });
    return { track: stream.track, said: () => said };
  }

  it('is given up after 5 s', async () => {
    const { said } = await waiting();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(said()).toBe('waits');
    await vi.advanceTimersByTimeAsync(1);
    expect(said()).toMatchObject({ code: 'ended' });
  });

  it('is waited for while the page is hidden, and 5 s after', async () => {
    const { said } = await waiting();
    await vi.advanceTimersByTimeAsync(3_000);
    page.hidden = true;
    await vi.advanceTimersByTimeAsync(60_000);
    page.hidden = false;
    await vi.advanceTimersByTimeAsync(4_000);
    expect(said()).toBe('waits');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said()).toMatchObject({ code: 'ended' });
  });

  it('is not waited for when the camera is turned off meanwhile', async () => {
    const { track, said } = await waiting();
    track.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said()).toMatchObject({ code: 'ended' });
  });
});
