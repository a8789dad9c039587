import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import { alertOf, componentOf, settingsOf, silenceOf, statusOf } from './health-answers';
import { channelMethods } from './channels';
import { detailsOf, suggestionOf } from './worktree-answers';

export type HealthMethods = Pick<
  Handlers,
  Extract<keyof Handlers, `health/${string}` | `component/${string}` | `alert/${string}`>
>;

const LOG_LIMIT = 100;

/** Answers about health. @param home folder that paths of registered components start from */
export function healthMethods(manager: HardeningManager, home: string): HealthMethods {
  const { health } = manager;
  const { components, alerts, settings } = health;
  return {
    'health/status': async () => statusOf(health, await manager.worktrees(false)),
    'health/worktree': async ({ path }, { signal }) => {
      const guard = await manager.protection.guardOf(path);
      const { source } = guard;
      await health.measure(source.id, source.path, signal);
      const { kinds } = await health.suggest(source.path);
      return detailsOf(health, await manager.view(guard), kinds);
    },
    'component/suggest': async ({ path }) => suggestionOf(await health.suggest(path)),
    'component/list': async () => ({ components: components.list().map(componentOf) }),
    'component/register': async (
      { name, spec, folder = home, program, recovers = [] },
      { client },
    ) => {
      const origin = { kind: 'program', name: program } as const;
      const view = await components.register({ spec, folder, origin }, name, client.gone);
      if (recovers.length > 0)
        manager.recoveringPrograms.attach(view.id, {
          name: program,
          gone: client.gone,
          actions: recovers,
          recover: async ({ signal, ...request }) => {
            await client.call('component/recover', request, signal);
          },
        });
      return componentOf(view);
    },
    'component/heartbeat': async ({ id }) => {
      components.heartbeat(id);
      return {};
    },
    'component/unregister': async ({ id }) => {
      await components.unregister(id);
      return {};
    },
    'component/start': async ({ id }) => componentOf(components.start(id)),
    'component/stop': async ({ id }) => componentOf(await components.stop(id)),
    'component/restart': async ({ id }) => componentOf(await components.restart(id)),
    'component/logs': async ({ id, after = 0, limit = LOG_LIMIT }) => ({
      lines: components.logs(id, after, limit),
    }),
    'component/settings': async () => {
      await health.refreshSettings();
      return { files: settings.list().map(settingsOf) };
    },
    'component/approve': async ({ file, hash }) => {
      await settings.approve(file, hash);
      await health.refreshSettings();
      const described = components
        .list()
        .filter(({ origin }) => origin.kind === 'settings' && origin.file === file);
      return { components: described.map(componentOf) };
    },
    'component/revoke': async ({ file }) => {
      await settings.revoke(file);
      await health.refreshSettings();
      return {};
    },
    'alert/list': async ({ withResolved = false }) => ({
      alerts: alerts.list(withResolved).map(alertOf),
      silences: alerts.silences.map(silenceOf),
    }),
    'alert/acknowledge': async ({ alert, by, note = '' }) =>
      alertOf(alerts.acknowledge(alert, { by, note }, health.now)),
    'alert/silence': async ({ matchers, by, reason, forMs }) =>
      silenceOf(alerts.silence({ matchers, author: by, reason, forMs }, health.now)),
    'alert/endSilence': async ({ silence }) => {
      alerts.endSilence(silence);
      return {};
    },
    'alert/resolve': async ({ alert }) => alertOf(alerts.resolve(alert, health.now)),
    ...channelMethods(manager),
  };
}
