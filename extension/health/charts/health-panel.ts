import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Clock } from '../../clock';
import type { Connection } from '../../connection';
import type { Disposable } from '../../signal';
import type { HealthModel } from '../health-model';
import { ChartFeed } from './chart-feed';
import { fromPage, isRange, type ChartRange, type ToPage } from './chart-page';

const KEPT_RANGE = 'bulwark.healthRange';

export interface HealthPanelOptions {
  readonly connection: Pick<Connection, 'call' | 'state' | 'onDidChangeState' | 'onEvent'>;
  readonly clock: Clock;
  readonly monitor: Pick<HealthModel, 'alerts'>;
  /** The folder with the page's script and styles. */
  readonly dist: vscode.Uri;
  /** Where the range is remembered. */
  readonly memory: vscode.Memento;
  readonly showAlert: (alert: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Fills a webview with the page of charts, and keeps it up to date until it is closed. */
export function fillHealthPanel(panel: vscode.WebviewPanel, options: HealthPanelOptions): void {
  const { connection, clock, monitor, dist, memory, showAlert, onError } = options;
  const { webview } = panel;
  const post = (message: ToPage): void => {
    void webview.postMessage(message);
  };
  const feed = new ChartFeed(
    {
      call: connection.call,
      clock,
      agent: () => connection.state,
      alerts: () => monitor.alerts,
      post,
      onError,
    },
    rangeIn(memory),
  );
  let isReady = false;
  const look = (): void => {
    feed.visible = isReady && panel.visible;
  };
  const following: Disposable[] = [
    webview.onDidReceiveMessage((message: unknown) => {
      const told = fromPage(message);
      switch (told?.kind) {
        case 'ready':
          isReady = true;
          look();
          return;
        case 'range':
          feed.range = told.range;
          void memory.update(KEPT_RANGE, told.range);
          return;
        case 'start-agent':
          void vscode.commands.executeCommand('bulwark.startAgent');
          return;
        case 'show-alert':
          showAlert(told.alert);
          return;
        case undefined:
          return;
      }
    }),
    panel.onDidChangeViewState(() => {
      // What is hidden is thrown away by VS Code, and says when it is there again.
      if (!panel.visible) isReady = false;
      look();
    }),
    connection.onEvent.on(({ event }) => {
      if (event.kind === 'metrics/sampled') feed.sampled();
    }),
    connection.onDidChangeState.on(() => {
      feed.refresh();
    }),
  ];
  panel.onDidDispose(() => {
    feed.visible = false;
    for (const one of following) one.dispose();
  });
  webview.options = { enableScripts: true, localResourceRoots: [dist] };
  webview.html = pageOf(webview, dist);
}

function rangeIn(memory: vscode.Memento): ChartRange {
  const kept: unknown = memory.get(KEPT_RANGE);
  return isRange(kept) ? kept : 'hour';
}

function pageOf(webview: vscode.Webview, dist: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
  const styles = ['uPlot.min.css', 'health.css'].map(
    (name) => `<link rel="stylesheet" href="${uri(name)}">`,
  );
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Health</title>
${styles.join('\n')}
</head>
<body><script nonce="${nonce}" src="${uri('health.js')}"></script></body>
</html>`;
}
