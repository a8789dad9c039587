import { type Browser, chromium } from 'playwright-core';

/**
 * Starts the machine's Chromium, without a window. It listens to no signals itself: whoever starts
 * it closes it.
 */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
