import { type Browser, chromium } from 'playwright-core';

/**
 * Starts the machine's Chromium, without a window. Whoever starts it closes it. A signal ends this
 * process at once, instead of going on with the next test: scripts/e2e.mjs stops what is left.
 */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
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
