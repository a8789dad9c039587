import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Why a handshake is refused: an HTTP status and a text for the client. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly message: string;
}

/** Where a handshake arrived. */
export type Door = { readonly kind: 'socket' } | { readonly kind: 'tcp'; readonly port: number };

/**
 * Decides before the upgrade whether a client may connect; null lets it in. What a web page could
 * send is refused first, whatever token it has.
 */
export function checkHandshake(
  headers: IncomingHttpHeaders,
  door: Door,
  token: string,
): Refusal | null {
  // Browsers always send an Origin (older ones under the second name), other programs never.
  if (headers.origin !== undefined || headers['sec-websocket-origin'] !== undefined)
    return { status: 403, message: 'requests with an Origin are refused' };
  // A name that was rebound to 127.0.0.1 still shows in Host.
  if (door.kind === 'tcp' && !isOwnHost(headers.host, door.port))
    return { status: 403, message: 'foreign Host' };
  const presented = bearer(headers.authorization);
  if (presented === null) return { status: 401, message: 'Authorization: Bearer <token> expected' };
  if (!sameSecret(presented, token)) return { status: 401, message: 'wrong token' };
  return null;
}

function isOwnHost(host: string | undefined, port: number): boolean {
  return host === `127.0.0.1:${port}` || host?.toLowerCase() === `localhost:${port}`;
}

function bearer(authorization: string | undefined): string | null {
  const match = /^bearer +(\S+)$/i.exec(authorization ?? '');
  return match?.[1] ?? null;
}

/** Compares in a time that tells nothing about where, or in which length, the two differ. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Uint8Array =>
    new Uint8Array(createHash('sha256').update(text).digest());
  return timingSafeEqual(digest(a), digest(b));
}
