import { z } from 'zod';

/** Where a secret is: never in the settings themselves. */
const secret = z.union(
  [
    z.strictObject({ env: z.string().min(1).max(200) }),
    z.strictObject({ file: z.string().min(1).max(4096) }),
  ],
  'it must be { "env": "NAME" } or { "file": "/absolute/path" }; a secret itself is never written here',
);
export type SecretPlace = z.infer<typeof secret>;

const common = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,39}$/i, 'it must be 1 to 40 letters, digits, ".", "_" or "-"'),
  minimumSeverity: z.enum(['warning', 'critical']).default('warning'),
};
const webUrl = z.url({
  protocol: /^https?$/,
  error: 'it must be an http or https address',
});
const mailAddress = z.email('it must be an address of e-mail');

const webhook = z.strictObject({
  ...common,
  kind: z.literal('webhook'),
  url: webUrl,
  bearer: secret.nullable().default(null),
});

const alertmanager = z.strictObject({
  ...common,
  kind: z.literal('alertmanager'),
  /** Of its web interface, without `/api`. */
  url: webUrl,
  bearer: secret.nullable().default(null),
});

const desktop = z.strictObject({ ...common, kind: z.literal('desktop') });

const email = z.strictObject({
  ...common,
  kind: z.literal('email'),
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535).default(587),
  /** `starttls`: a server that cannot encrypt is refused. `none`: only for this machine's own. */
  encryption: z.enum(['starttls', 'tls', 'none']).default('starttls'),
  from: mailAddress,
  to: z.array(mailAddress).min(1).max(20),
  user: z.string().min(1).nullable().default(null),
  password: secret.nullable().default(null),
});

const channel = z
  .discriminatedUnion(
    'kind',
    [webhook, alertmanager, email, desktop],
    'it must be "webhook", "alertmanager", "email" or "desktop"',
  )
  .superRefine((one, context) => {
    if (one.kind === 'email' && (one.user === null) !== (one.password === null))
      context.addIssue({
        code: 'custom',
        path: [one.user === null ? 'user' : 'password'],
        message: 'a user and a password go together',
      });
    if (one.kind === 'email' && one.password !== null && one.encryption === 'none')
      context.addIssue({
        code: 'custom',
        path: ['encryption'],
        message: 'a password is only sent encrypted: "starttls" or "tls"',
      });
  });

/** The key `channels` of the user's own settings. A repository's `bulwark.json` has no such key. */
export const channelList = z
  .array(channel)
  .max(20)
  .superRefine((channels, context) => {
    for (const [index, { name }] of channels.entries())
      if (channels.findIndex((one) => one.name === name) < index)
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: `another channel is called ${name} already`,
        });
  })
  .default([]);

export type ChannelSettings = z.infer<typeof channel>;
export type WebhookSettings = Extract<ChannelSettings, { kind: 'webhook' }>;
export type AlertmanagerSettings = Extract<ChannelSettings, { kind: 'alertmanager' }>;
export type EmailSettings = Extract<ChannelSettings, { kind: 'email' }>;
