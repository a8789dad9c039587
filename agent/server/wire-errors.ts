import { ErrorCodes, ResponseError } from 'vscode-jsonrpc';
import type { z } from 'zod';
import { APPLICATION_ERROR, type ErrorData } from '../protocol/errors';
import { BulwarkError } from '../support/errors';
import type { Log } from '../support/log';

const SHOWN_ISSUES = 5;
const SHOWN_NAME = 100;

/** A request that is wrong in itself, whatever the agent's state. */
class BadRequest extends Error {
  readonly code: number;
  readonly data: ErrorData;

  constructor(code: number, message: string, data: ErrorData) {
    super(message);
    this.name = 'BadRequest';
    this.code = code;
    this.data = data;
  }
}

/** A request for something that is no method. */
export function unknownMethod(method: string): Error {
  const shown = method.length > SHOWN_NAME ? `${method.slice(0, SHOWN_NAME)}…` : method;
  return new BadRequest(ErrorCodes.MethodNotFound, `there is no method ${shown}`, {
    reason: 'protocol-error',
    hint: 'Agent and client may be of different versions.',
  });
}

/** Parameters that are not what the method takes; names each wrong field. */
export function invalidParams(method: string, error: z.ZodError): Error {
  const issues = error.issues.slice(0, SHOWN_ISSUES).map((issue) => ({
    field: issue.path.map(String).join('.') || 'params',
    text: issue.message,
  }));
  const text = issues.map(({ field, text }) => `${field}: ${text}`).join('; ');
  return new BadRequest(ErrorCodes.InvalidParams, `wrong parameters for ${method}: ${text}`, {
    reason: 'invalid-params',
    details: { fields: issues.map(({ field }) => field) },
  });
}

/**
 * What a client is told about anything that was thrown. Errors that nobody meant to show are
 * logged with their stack; the client gets no text of theirs.
 */
export function responseError(error: unknown, method: string, log: Log): ResponseError<ErrorData> {
  if (error instanceof BadRequest) return new ResponseError(error.code, error.message, error.data);
  if (error instanceof BulwarkError) {
    if (error.reason === 'internal') log.error('A request failed.', { method, error });
    return new ResponseError(APPLICATION_ERROR, error.message, errorDataOf(error));
  }
  log.error('A request failed unexpectedly.', { method, error });
  return new ResponseError(ErrorCodes.InternalError, `${method} failed inside the agent`, {
    reason: 'internal',
    hint: "The agent's log has the details.",
  });
}

/** What programs are told of an error. */
export function errorDataOf({ reason, hint, details }: BulwarkError): ErrorData {
  const copied = Object.fromEntries(
    Object.entries(details).map(([key, value]) => [
      key,
      typeof value === 'object' ? [...value] : value,
    ]),
  );
  return {
    reason,
    ...(hint === undefined ? {} : { hint }),
    ...(Object.keys(copied).length === 0 ? {} : { details: copied }),
  };
}
