import { z } from 'zod';
import { incidentInfo } from './incident-entities';
import type { MethodSpec } from './method-spec';

const incident = z.string().min(1).max(64).describe('id of an incident, or the beginning of it');

/** Requests about incidents: what is wrong, put together. */
export const INCIDENT_METHODS = {
  'incident/list': {
    summary: 'What is wrong, put together: each with its cause and what follows; newest first.',
    params: z.object({
      withClosed: z.boolean().optional().describe('the last 200, also those that are over'),
    }),
    result: z.object({ incidents: z.array(incidentInfo) }),
    progress: false,
    mutates: false,
  },
  'incident/show': {
    summary: 'One incident with its timeline.',
    params: z.object({ incident }),
    result: incidentInfo,
    progress: false,
    mutates: false,
  },
  'incident/close': {
    summary: 'Say that an incident is over. What is still wrong opens another one.',
    params: z.object({
      incident,
      by: z.string().min(1).max(100).describe('who does so'),
      note: z.string().max(500).optional(),
    }),
    result: incidentInfo,
    progress: false,
    mutates: true,
  },
} as const satisfies Record<string, MethodSpec>;
