import * as fs from 'node:fs/promises';
import * as vscode from 'vscode';
import type * as agents from './agent-process';
import type { App } from './app';
import { AutoProtecting } from './auto-protect';
import { systemClock } from './clock';
import { offerToCodingAgents } from './coding-agents';
import { protect } from './commands/protect';
import { registerCommands } from './commands/register';
import { undoRestore } from './commands/undo-restore';
import { Connection } from './connection';
import { Diffs } from './diffs';
import { HealthPage } from './health/charts/health-page';
import { HealthPart, personName } from './health/health-part';
import { lazyAccess } from './lazy-access';
import { baseName } from './names';
import { showNotices } from './notice-actions';
import { Notices } from './notices';
import { OwnWork } from './own-work';
import { Places } from './places';
import { resultSummary } from './plan-words';
import { healedWords } from './recoveries/recovery-words';
import { ReportDocuments } from './report/report-documents';
import { reportProblems } from './report-problems';
import { runRestore } from './restore-flow';
import { Session } from './session';
import { settings } from './settings';
import { SnapshotContent } from './snapshot-content';
import { SnapshotFiles } from './snapshot-files';
import { SnapshotLists } from './snapshot-lists';
import { SNAPSHOT_SCHEME } from './snapshot-uri';
import { StoreHealth } from './store-health';
import { Views } from './views';
import { WindowState } from './window-state';
import { windowUi } from './window-ui';
import { WindowWorktrees } from './window-worktrees';
import { WorktreeModel } from './worktree-model';

/** How long after the first answer of the agent a window still counts as starting up. */
const START_UP_MS = 5_000;
const ASKED_KEY = 'bulwark.askedFolders';

const READ_ONLY =
  'This is a file in a snapshot: it cannot be changed. [Restore File…](command:bulwark.restoreFile)';

/** Puts the parts together. Nothing here waits: the window must not feel it. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Bulwark', { log: true });
  const version = versionOf(context);
  // Read once: the agent of a window does not change under it.
  const configuredHome = settings.home();
  const home = async (): Promise<string> => (await agentProcess()).agentHome(configuredHome);
  const clock = systemClock;
  const now = (): number => clock.now();
  const ui = windowUi(clock);

  const connection = new Connection({
    access: lazyAccess(async () =>
      (await agentProcess()).agentAccess({
        dist: context.asAbsolutePath('dist'),
        home: await home(),
        version,
        clock,
      }),
    ),
    version,
    clock,
    random: Math.random,
    autoStart: () => settings.autoStart(),
    log: (message) => {
      log.info(message);
    },
  });
  const { call } = connection;
  const model = new WorktreeModel(call);
  const lists = new SnapshotLists(call);
  const content = new SnapshotContent(call);
  const places = new Places({ platform: process.platform, realpath: (file) => fs.realpath(file) });
  const worktrees = new WindowWorktrees(model, places, {
    folders: openFolders,
    activeFile: () => {
      const uri = vscode.window.activeTextEditor?.document.uri;
      return uri?.scheme === 'file' ? uri.fsPath : null;
    },
  });
  const diffs = new Diffs(places, now);
  const own = new OwnWork();
  const onError = (what: string, error: unknown): void => {
    log.error(
      `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  };
  const health = new StoreHealth({
    connection,
    call,
    clock,
    onError: (error) => {
      onError('reading the state of the store', error);
    },
  });
  const monitoring = new HealthPart({ call, clock, worktrees: () => model.list });
  const { model: monitor, recoveries } = monitoring;
  const healthPage = new HealthPage({
    connection,
    clock,
    monitor,
    dist: vscode.Uri.joinPath(context.extensionUri, 'dist'),
    memory: context.globalState,
    showAlert: (alert) => {
      void reportProblems(app, 'alert', () => app.show({ alert }));
    },
    onError: (error) => {
      onError('charts', error);
    },
  });
  const reports = new ReportDocuments({ call, settled: () => connection.settled(), now });
  const session = new Session({ connection, model, lists, others: [monitor, recoveries], onError });

  const app: App = {
    connection,
    model,
    worktrees,
    places,
    lists,
    content,
    health,
    monitor,
    componentLogs: monitoring.logs,
    recoveries,
    recoveryDocuments: monitoring.recoveryDocuments,
    reports,
    diffs,
    own,
    ui,
    log,
    home,
    now,
    async restore(first) {
      const options = {
        ...app,
        call,
        preview: diffs,
        worktrees: () => worktrees.all(),
        onRestored: app.announce,
      };
      await runRestore(options, first);
    },
    announce(result, name) {
      const actions = result.undo === null ? [] : ['Undo'];
      const severity = result.verified ? 'info' : 'warning';
      const message = resultSummary(result, name);
      void ui.notify(severity, message, actions).then((answer) => {
        if (answer === undefined) return;
        void reportProblems(app, 'undo', () => undoRestore(app, result.operation, name));
      });
    },
    reveal: (snapshot) => views.reveal(snapshot),
    async show(what) {
      if ('worktree' in what) await views.revealWorktree(what.worktree);
      else if ('component' in what) await monitoring.views.revealComponent(what.component);
      else if ('alert' in what) await monitoring.views.revealAlert(what.alert);
      else await monitoring.recoveryView.reveal(what.recovery);
    },
    showHealth: () => healthPage.show(),
    person: personName,
    nameOf(snapshot) {
      return model.get(snapshot.source)?.name ?? baseName(snapshot.worktree.replaceAll('\\', '/'));
    },
    reload: () => session.reload(),
  };

  /** Whether what is of a worktree, or of none, is to be told in this window. */
  const isOurs = (source: string | null): boolean => {
    // What is of no worktree belongs where somebody looks.
    if (source === null) return vscode.window.state.focused;
    const worktree = model.list.find((one) => one.source === source);
    return worktree !== undefined && worktrees.isOpen(worktree);
  };
  const notices = new Notices({
    call,
    clock,
    random: Math.random,
    own,
    level: () => settings.notifications(),
    isOurs: ({ source }) => isOurs(source),
    faultOf: (alert) => monitor.alert(alert)?.fault,
    isRecovered: (id) => recoveries.openOf({ kind: 'worktree', id }) !== undefined,
    show: (some) => void showNotices(app, some),
    onError: (error) => {
      onError('notice', error);
    },
  });
  const autoProtecting = new AutoProtecting({
    ui,
    setting: () => settings.autoProtect(),
    unprotected: () =>
      vscode.workspace.isTrusted && model.loaded ? worktrees.unprotectedFolders() : [],
    exists: (file) =>
      fs.access(file).then(
        () => true,
        () => false,
      ),
    asked: {
      get: () => context.globalState.get<readonly string[]>(ASKED_KEY, []),
      set: async (folders) => {
        await context.globalState.update(ASKED_KEY, folders);
      },
    },
    protect: (folder) => protect(app, folder),
  });
  const views = new Views({ worktrees, lists, content, health, clock, look: monitoring.look });
  const windowState = new WindowState({
    connection,
    model,
    monitor,
    worktrees,
    health,
    places,
    views,
    clock,
    startUpMs: START_UP_MS,
    ui,
    folders: openFolders,
    onStartedUp: () => {
      notices.ready();
    },
    onFoldersKnown: () => {
      void reportProblems(app, 'protecting', () => autoProtecting.check());
    },
  });

  context.subscriptions.push(
    log,
    session.follow(),
    health.follow(),
    session.onNotice.on((notice) => {
      notices.raise(notice);
    }),
    recoveries.onHealed.on((recovery) => {
      const { kind, id } = recovery.subject;
      if (isOurs(kind === 'worktree' ? id : null))
        ui.mention(healedWords(recovery, (strategy) => recoveries.title(strategy)));
    }),
    session.onNewAgent.on(() => {
      notices.forget();
      monitoring.logs.forget();
    }),
    views,
    monitoring,
    healthPage,
    reports,
    windowState,
    offerToCodingAgents({
      version,
      call,
      folders: openFolders,
      server: async () => ({
        script: await (
          await agentProcess()
        ).agentProgram({
          dist: context.asAbsolutePath('dist'),
          home: await home(),
          version,
        }),
        home: await home(),
      }),
    }),
    registerCommands(app),
    vscode.workspace.registerFileSystemProvider(
      SNAPSHOT_SCHEME,
      new SnapshotFiles(content, () => connection.settled()),
      { isCaseSensitive: true, isReadonly: readOnlyMessage() },
    ),
    {
      dispose: () => {
        connection.close();
      },
    },
  );
  // After the activation has ended: from here on it takes time.
  clock.after(0, () => {
    connection.open();
  });
}

/** What speaks the protocol, with all its schemas: loaded when it is first needed. */
function agentProcess(): Promise<typeof agents> {
  return import(/* webpackChunkName: "wire" */ './agent-process.js');
}

function versionOf(context: vscode.ExtensionContext): string {
  const manifest: unknown = context.extension.packageJSON;
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    if (typeof manifest.version === 'string') return manifest.version;
  }
  throw new Error('the manifest of the extension has no version');
}

function openFolders(): readonly string[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === 'file')
    .map((folder) => folder.uri.fsPath);
}

function readOnlyMessage(): vscode.MarkdownString {
  const message = new vscode.MarkdownString(READ_ONLY);
  message.isTrusted = { enabledCommands: ['bulwark.restoreFile'] };
  return message;
}
