import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';

export type DoctorMethods = Pick<Handlers, Extract<keyof Handlers, `doctor/${string}`>>;

/** Answers about faults in git's own files. */
export function doctorMethods({ doctor }: HardeningManager): DoctorMethods {
  return {
    'doctor/examine': async ({ path, fix = false, offers = [] }, { signal }) => {
      const report = await doctor.examine(path, { fix, offers }, signal);
      const faults = report.faults.map((fault) => ({ ...fault }));
      return { ...report, faults, young: [...report.young] };
    },
    'doctor/undo': async ({ attempt }) => {
      const { id, explain } = await doctor.undo(attempt);
      return { attempt: id, explain };
    },
  };
}
