import type { App } from '../app';

/** Show Report…: how the last week or month was. */
export async function showReport(app: App): Promise<void> {
  const picked = await app.ui.pick<number>({
    title: 'Show Report',
    placeholder: 'Availability, failures and recoveries, alerts, backups, growth of the store',
    canGoBack: false,
    choices: () =>
      Promise.resolve([
        { label: 'The last 7 days', icon: 'calendar', value: 7 },
        { label: 'The last 30 days', icon: 'calendar', value: 30 },
      ]),
  });
  if (picked.kind === 'chosen') await app.reports.show(picked.value);
}
