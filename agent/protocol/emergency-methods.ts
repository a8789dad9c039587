import { z } from 'zod';
import { emergencyInfo } from './emergency-entities';
import type { MethodSpec } from './method-spec';

const emergency = z.string().min(1).max(64).describe('id of an emergency, or the beginning of it');

/** Requests about emergencies. */
export const EMERGENCY_METHODS = {
  'emergency/list': {
    summary: 'Emergencies with what was done in them, newest first.',
    params: z.object({
      withOver: z.boolean().optional().describe('the last 100, also those that are over'),
    }),
    result: z.object({ emergencies: z.array(emergencyInfo) }),
    progress: false,
    mutates: false,
  },
  'emergency/show': {
    summary: 'One emergency: what it was decided from, what was done, minute by minute.',
    params: z.object({ emergency }),
    result: emergencyInfo,
    progress: false,
    mutates: false,
  },
  'emergency/end': {
    summary:
      'Say that an emergency is over: nothing more is done about it unless it becomes worse.',
    params: z.object({
      emergency,
      by: z.string().min(1).max(100).describe('who does so'),
      note: z.string().max(500).optional(),
    }),
    result: emergencyInfo,
    progress: false,
    mutates: true,
  },
} as const satisfies Record<string, MethodSpec>;
