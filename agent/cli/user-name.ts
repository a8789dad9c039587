import { userInfo } from 'node:os';

/** Who runs the command, as far as the system knows. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
