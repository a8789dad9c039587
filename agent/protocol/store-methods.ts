import { z } from 'zod';
import * as k from './key-entities';
import { absolutePath } from './path-entities';
import * as r from './replica-entities';

const nothing = z.object({});
const token = { progressToken: z.union([z.string(), z.int()]).optional() };

/** Requests about what keeps the store safe: its keys and its replicas. */
export const STORE_METHODS = {
  'key/status': {
    summary: 'What guards the key of the store.',
    params: nothing,
    result: k.keyStatus,
    progress: false,
    mutates: false,
  },
  'key/change': {
    summary: 'Put the key of the store under another guard: a passphrase or a key file.',
    params: z.object({
      to: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('key-file') }),
        z.object({ kind: z.literal('passphrase'), passphrase: k.passphrase }),
      ]),
      passphrase: k.passphrase.optional().describe('the one in use now, if one is'),
    }),
    result: k.keyStatus,
    progress: false,
    mutates: true,
  },
  'key/rotate': {
    summary:
      'Encrypt everything from now on with a new key. What is kept already stays readable, and the new recovery key opens all of it.',
    params: z.object({ passphrase: k.passphrase.optional().describe('the one in use, if one is') }),
    result: z.object({ ...k.keyStatus.shape, recoveryKey: z.string() }),
    progress: false,
    mutates: true,
  },
  'replica/add': {
    summary: 'Make a folder a replica of the store, and copy everything there.',
    params: z.object({
      path: absolutePath.describe('empty or new, or a replica of this store'),
      ...token,
    }),
    result: r.replicaInfo,
    progress: true,
    mutates: true,
  },
  'replica/remove': {
    summary: 'Forget a replica. What it holds stays.',
    params: z.object({ path: absolutePath }),
    result: nothing,
    progress: false,
    mutates: true,
  },
  'replica/status': {
    summary: 'Every replica, and what it lacks.',
    params: nothing,
    result: z.object({ replicas: z.array(r.replicaInfo) }),
    progress: false,
    mutates: false,
  },
  'replica/sync': {
    summary: 'Bring a replica, or all, up to date now.',
    params: z.object({ path: absolutePath.optional().describe('all without it'), ...token }),
    result: z.object({ replicas: z.array(r.replicaInfo) }),
    progress: true,
    mutates: true,
  },
  'replica/verify': {
    summary: 'Read a replica, or all, back. A copy that is damaged is made again from the store.',
    params: z.object({ path: absolutePath.optional().describe('all without it'), ...token }),
    result: z.object({ replicas: z.array(r.replicaInfo) }),
    progress: true,
    mutates: true,
  },
} as const;
