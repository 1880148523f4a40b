/** The one page of both apps. */
import { html } from 'hono/html';

export interface PageOptions {
  readonly adapter: 'hono' | 'better-auth';
  /** Origin that the frames go to. */
  readonly visavisUrl: string;
}

export function page({ adapter, visavisUrl }: PageOptions) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A face before a transfer</title>
<script type="module" src="/app.js"></script>
</head>
<body data-adapter="${adapter}" data-visavis="${visavisUrl}">
<main>
<h1>A face before a transfer</h1>
<p><button type="button" id="sign-in">Sign in</button></p>
<p><label><input type="checkbox" id="consent"> Pictures of my face may become a template, kept with my
account, only to recognise me here.</label>
<button type="button" id="enrol">Set up my face</button></p>
<p><button type="button" id="look">Look at the camera</button>
<button type="button" id="capture" hidden>Take the picture</button></p>
<video id="video" muted playsinline style="transform: scaleX(-1); max-width: 100%"></video>
<p id="prompt" aria-live="polite"></p>
<p><button type="button" id="transfer">Transfer</button></p>
<p id="state" role="status"></p>
</main>
</body>
</html>`;
}
