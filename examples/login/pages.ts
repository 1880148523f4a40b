/** The pages, as plain HTML: `html` escapes whatever is put in. */
import { html } from 'hono/html';
import type { Account } from './accounts.ts';

type Html = ReturnType<typeof html>;

/** Kept with each consent, so that it can be shown later what was agreed to. */
export const CONSENT =
  'I agree that pictures of my face are turned into a template, which is kept with my account for ' +
  'up to a year, only to recognise me when I sign in. I can delete it here at any time; signing in ' +
  'with a code stays possible.';

export interface PageOptions {
  readonly title: string;
  readonly notice?: string | undefined;
}

function layout({ title, notice }: PageOptions, main: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Example shop</title>
<link rel="stylesheet" href="/style.css">
<script type="module" src="/app.js"></script>
</head>
<body>
<header><a href="/">Example shop</a></header>
<main>
<h1>${title}</h1>
${notice === undefined ? '' : html`<p role="alert" class="notice">${notice}</p>`}
${main}
</main>
</body>
</html>`;
}

export function passwordPage(notice?: string): Html {
  return layout(
    { title: 'Sign in', notice },
    html`<form method="post" action="/password">
<label>Name <input name="name" autocomplete="username" autocapitalize="none" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Next</button>
</form>`,
  );
}

/**
 * The second factor. Both ways stand side by side: nobody has to show a face.
 *
 * @param visavis origin of the deployment that the frames go to
 */
export function secondPage(account: Account, visavis: string, notice?: string): Html {
  return layout(
    { title: 'Second step', notice },
    html`${account.template === undefined ? '' : faceSection(visavis)}
<section aria-labelledby="code-title">
<h2 id="code-title">With a one-time code</h2>
<form method="post" action="/code">
<label>Code <input name="code" autocomplete="one-time-code" autocapitalize="characters" required></label>
<button>Use the code</button>
</form>
</section>
${signOut()}`,
  );
}

function faceSection(visavis: string): Html {
  return html`<section id="face" aria-labelledby="face-title" data-visavis="${visavis}">
<h2 id="face-title">With your face</h2>
<p>The camera takes four pictures: one straight, and three as you are asked. They are looked at
and not kept.</p>
<video id="video" hidden aria-label="What the camera sees, mirrored"></video>
<p id="prompt" aria-live="polite"></p>
<p id="face-error" role="alert" class="notice" hidden></p>
<button type="button" id="face-start">Look at the camera</button>
<button type="button" id="face-capture" hidden>Take the picture</button>
<label class="check"><input type="checkbox" id="untimed"> No countdown: I take each picture myself</label>
</section>`;
}

export interface AccountState {
  readonly account: Account;
  /** A code was used a moment ago: the face may be enrolled. */
  readonly fresh: boolean;
  readonly factor: 'face' | 'code';
}

export function accountPage({ account, fresh, factor }: AccountState, notice?: string): Html {
  return layout(
    { title: `Hello, ${account.name}`, notice },
    html`<p id="signed-in">You are signed in with your password and ${
      factor === 'face' ? 'your face' : 'a one-time code'
    }.</p>
${account.template === undefined ? enrolSection(fresh) : enrolledSection(account)}
${signOut()}`,
  );
}

function enrolledSection({ consent }: Account): Html {
  return html`<section aria-labelledby="enrolled-title">
<h2 id="enrolled-title">Your face</h2>
<p>You can sign in with it. You agreed on ${consent?.at.slice(0, 10) ?? ''} to this: “${
    consent?.wording ?? ''
  }”</p>
<form method="post" action="/face/delete"><button>Delete it</button></form>
</section>`;
}

function enrolSection(fresh: boolean): Html {
  if (!fresh) {
    return html`<section aria-labelledby="enrol-title">
<h2 id="enrol-title">Sign in with your face</h2>
<p>To set it up, <a href="/second">confirm with a one-time code</a> first.</p>
</section>`;
  }
  return html`<section id="enrol" aria-labelledby="enrol-title">
<h2 id="enrol-title">Sign in with your face</h2>
<p>If you like; a code goes on working. Take three or four pictures, each a little different.</p>
<label class="check"><input type="checkbox" id="consent"> <span>${CONSENT}</span></label>
<video id="video" hidden aria-label="What the camera sees, mirrored"></video>
<p id="pictures" aria-live="polite"></p>
<p id="enrol-error" role="alert" class="notice" hidden></p>
<button type="button" id="enrol-camera">Start the camera</button>
<button type="button" id="enrol-send" disabled>Set it up</button>
</section>`;
}

function signOut(): Html {
  return html`<form method="post" action="/signout"><button class="quiet">Sign out</button></form>`;
}
