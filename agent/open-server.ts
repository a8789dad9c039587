import { recordEnd } from './manager/audit/start-entry';
import type { System } from './open-system';
import { AgentServer } from './server/agent-server';
import { requestAudit } from './server/audit-requests';
import { handlersFor } from './server/methods/handlers';
import { emergencyEvents } from './server/methods/emergencies';
import { healthEvent } from './server/methods/health-events';
import { incidentEvent } from './server/methods/incidents';
import { managerEvent } from './server/methods/manager-events';
import { recoveryEvents } from './server/methods/recoveries';
import type { Clock } from './support/clock';

export interface OpenServerOptions {
  /** Folder with all of the agent's state. */
  readonly home: string;
  readonly version: string;
  readonly clock: Clock;
  /** Called when clients have asked the agent to leave, and all that they wanted is done. */
  readonly leave: () => Promise<void>;
}

/** Lets other programs ask a system and follow its events. It does not listen yet. */
export function openServer(system: System, options: OpenServerOptions): AgentServer {
  const { home, version, clock } = options;
  const { manager, metrics, settings, log } = system;
  const { audit, emergencies, health, healing, incidents } = manager;
  const server: AgentServer = new AgentServer({
    home,
    version,
    clock,
    log,
    onDrain: async (why) => {
      await recordEnd(audit, why);
      await options.leave();
    },
    audit: requestAudit(audit, clock),
    metrics,
    ...(settings.tcpPort === null ? {} : { tcp: { port: settings.tcpPort } }),
    handlers: handlersFor(manager, {
      clock,
      home,
      version,
      metrics,
      codingAgents: settings.codingAgents,
      server: () => ({ connections: server.connections, draining: server.draining }),
    }),
  });
  manager.onEvent.on((event) => {
    managerEvent(event, manager)
      .then((wire) => server.publish(wire))
      .catch((error: unknown) => {
        log.error('An event could not be told', { kind: event.kind, error });
      });
  });
  incidents.onChange.on((change) => {
    server.publish(incidentEvent(change));
  });
  emergencies.onChange.on((change) => {
    for (const told of emergencyEvents(change, emergencies)) server.publish(told);
  });
  health.onEvent.on((event) => {
    server.publish(healthEvent(event, clock.now(), healing));
  });
  healing.onChange.on((record) => {
    for (const told of recoveryEvents(record)) server.publish(told);
  });
  return server;
}
