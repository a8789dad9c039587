import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { writeFileAtomic } from '../support/atomic-file';
import { BulwarkError, messageOf } from '../support/errors';
import type { Log } from '../support/log';
import { readSecretFile } from '../support/secret-file';
import { checkHandshake, type Door } from './handshake';

/** What the page `/metrics` shows. */
export interface MetricsPage {
  readonly contentType: string;
  text(): Promise<string>;
}

const FILE = 'metrics-token';

/**
 * The page that Prometheus reads. Its token is its own: it stays the same over restarts, because it
 * is written into the configuration of Prometheus, and it opens nothing else.
 */
export class MetricsDoor {
  readonly #page: MetricsPage;
  readonly #token: string;
  readonly #log: Log;

  private constructor(page: MetricsPage, token: string, log: Log) {
    this.#page = page;
    this.#token = token;
    this.#log = log;
  }

  /**
   * @param home the token is in `metrics-token` there, and made where it is not
   * @throws BulwarkError `permission-denied` when others can read it
   */
  static async open(home: string, page: MetricsPage, log: Log): Promise<MetricsDoor> {
    const path = join(home, FILE);
    const known = await readSecretFile(path).catch((error: unknown) => {
      if (error instanceof BulwarkError && error.reason === 'path-missing') return '';
      throw error;
    });
    const token = known.trim() === '' ? randomBytes(32).toString('hex') : known.trim();
    if (known.trim() === '') await writeFileAtomic(path, `${token}\n`);
    return new MetricsDoor(page, token, log);
  }

  /** Answers a request for the page; whether it was one. */
  answer(request: IncomingMessage, response: ServerResponse, door: Door): boolean {
    if (request.url?.split('?', 1)[0] !== '/metrics') return false;
    const refusal = checkHandshake(request.headers, door, this.#token);
    if (refusal !== null) {
      response.writeHead(refusal.status, { 'Content-Type': 'text/plain' });
      response.end(`${refusal.message}; the token of this page is in ${FILE}`);
      return true;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' });
      response.end();
      return true;
    }
    this.#page
      .text()
      .then((text) => {
        response.writeHead(200, {
          'Content-Type': this.#page.contentType,
          'Content-Length': Buffer.byteLength(text),
        });
        response.end(request.method === 'HEAD' ? undefined : text);
      })
      .catch((error: unknown) => {
        this.#log.error('The page of metrics failed', { why: messageOf(error) });
        response.writeHead(500);
        response.end();
      });
    return true;
  }
}
