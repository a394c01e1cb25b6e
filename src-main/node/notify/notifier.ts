import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import { escapeHidden } from '../../../src-shared/model/hidden-characters.ts';
import {
  type Notice,
  type NotifyChange,
  type NotifyChannel,
  notifyChannelSchema,
  type NotifySettings,
  notifySettingsSchema,
  type NotifyStatus,
  notifyTopicOf,
} from '../../../src-shared/model/notify.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { StoredEvent } from '../store/store.ts';
import { Delivery, type DeliveryOptions } from './delivery.ts';
import { sendMail } from './mail.ts';
import { runProgram } from './program.ts';
import { postWebhook } from './webhook.ts';

export interface NotifierOptions {
  server: () => { id: string; name: string };
  stored: NotifySettings;
  save: (settings: NotifySettings) => Promise<void>;
  nowMs: () => number;
  /** Puts an entry on the timeline. */
  report: (note: TimelineNote) => void;
  onChange: () => void;
  /** Waits between the tries, in milliseconds; others in tests. */
  retryMs?: readonly number[];
  /** How long entries are gathered for one e-mail, in milliseconds. */
  gatherMs?: number;
}

/** Entries of one failover come within seconds of each other. */
const gatherMsDefault = 5_000;
const togetherMax = 50;

/** How long an orderly stop waits for what is being told. */
const stopMsMax = 2_000;

/** Tells of what happened at this server by webhook, e-mail and program. Nobody ever waits for it. */
export class Notifier {
  readonly #options: NotifierOptions;
  #settings: NotifySettings;
  readonly #deliveries: Record<NotifyChannel, Delivery>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#settings = options.stored;
    const deliver = (channel: NotifyChannel, how: Partial<DeliveryOptions> = {}) =>
      new Delivery({
        togetherMax: 1,
        gatherMs: 0,
        send: (notices, signal) => this.#send(channel, notices, signal),
        nowMs: options.nowMs,
        onChange: options.onChange,
        onLost: (why) => options.report(noteOfLost(channel, why)),
        ...(options.retryMs && { retryMs: options.retryMs }),
        ...how,
      });
    this.#deliveries = {
      webhook: deliver('webhook'),
      email: deliver('email', { togetherMax, gatherMs: options.gatherMs ?? gatherMsDefault }),
      program: deliver('program'),
    };
  }

  /** Entries of the timeline; those that another server recorded are its to tell. */
  note(entries: readonly StoredEvent[]): void {
    const { id } = this.#options.server();
    for (const entry of entries.filter(({ server }) => server === id)) {
      for (const channel of notifyChannelSchema.options) {
        const topics = this.#settings[channel]?.topics ?? [];
        if (!topics.includes(notifyTopicOf[entry.kind])) continue;
        this.#deliveries[channel].add(this.#noticeOf(entry));
      }
    }
  }

  status(): NotifyStatus {
    const { webhook, email, program } = this.#settings;
    const delivery = (channel: NotifyChannel) => this.#deliveries[channel].status();
    return {
      webhook: webhook && {
        host: new URL(webhook.url).host,
        hasAuthorization: webhook.authorization !== '',
        topics: webhook.topics,
        delivery: delivery('webhook'),
      },
      email: email && {
        ...without(email, 'password'),
        hasPassword: email.password !== '',
        delivery: delivery('email'),
      },
      program: program && { ...program, delivery: delivery('program') },
    };
  }

  /** Takes a change whole or not at all. */
  set(change: NotifyChange): Promise<AdminAnswer<{ notify: NotifyStatus; changed: string[] }>> {
    const turn = this.#turn.then(() => this.#set(change));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Sends a test one way, now; it is not tried again. */
  async test(channel: NotifyChannel): Promise<AdminAnswer<{ notify: NotifyStatus }>> {
    if (!this.#settings[channel]) {
      return refuse('NOTIFY_FAILED', 'Nobody is told that way yet. Set it up first.');
    }
    try {
      await this.#send(channel, [this.#testNotice()], new AbortController().signal);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return refuse('NOTIFY_FAILED', `The test was not taken: ${message}.`);
    }
    this.#deliveries[channel].noteWorks();
    return { ok: true, value: { notify: this.status() } };
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#deliveries).map((one) => one.stop(stopMsMax)));
  }

  async #set(
    change: NotifyChange,
  ): Promise<AdminAnswer<{ notify: NotifyStatus; changed: string[] }>> {
    const before = this.#settings;
    const parsed = notifySettingsSchema.safeParse(merge(before, change));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const message = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}. Nothing was changed.`;
      return refuse('SETTING_REFUSED', message);
    }
    const after = parsed.data;
    const changed = notifyChannelSchema.options.filter(
      (channel) => JSON.stringify(before[channel]) !== JSON.stringify(after[channel]),
    );
    if (changed.length > 0) {
      await this.#options.save(after);
      this.#settings = after;
      this.#options.onChange();
    }
    return { ok: true, value: { notify: this.status(), changed } };
  }

  async #send(
    channel: NotifyChannel,
    notices: readonly Notice[],
    signal: AbortSignal,
  ): Promise<void> {
    const { webhook, email, program } = this.#settings;
    switch (channel) {
      case 'webhook':
        for (const notice of notices) if (webhook) await postWebhook(webhook, notice, signal);
        return;
      case 'email':
        if (email) await sendMail(email, notices);
        return;
      case 'program':
        for (const notice of notices) if (program) await runProgram(program, notice, signal);
    }
  }

  #noticeOf({ kind, severity, message, atMs, license, lease }: StoredEvent): Notice {
    const { id, name } = this.#options.server();
    return {
      format: 'understudy-notice/1',
      server: { id, name },
      test: false,
      at: formatInstant(atMs),
      kind,
      topic: notifyTopicOf[kind],
      severity,
      message,
      text: `${name}: ${escapeHidden(message)}`,
      ...(license === undefined ? {} : { license }),
      ...(lease === undefined ? {} : { lease }),
    };
  }

  #testNotice(): Notice {
    const { id, name } = this.#options.server();
    const message = 'This is a test of the notifications. Nothing has happened.';
    return {
      format: 'understudy-notice/1',
      server: { id, name },
      test: true,
      at: formatInstant(this.#options.nowMs()),
      kind: 'test',
      topic: 'test',
      severity: 'info',
      message,
      text: `${name}: ${message}`,
    };
  }
}

/**
 * The settings after a change, not checked yet. A secret that was left out stays as long as it goes to the
 * same place: it is not to be had by naming another one.
 */
function merge(before: NotifySettings, { webhook, email, program }: NotifyChange): object {
  return {
    webhook: webhook
      ? withAddress(webhook, before.webhook)
      : webhook === null
        ? null
        : before.webhook,
    email: email ? withPassword(email, before.email) : email === null ? null : before.email,
    program: program === undefined ? before.program : program,
  };
}

function withAddress(
  given: NonNullable<NotifyChange['webhook']>,
  before: NotifySettings['webhook'],
): object {
  const url = given.url ?? before?.url;
  const kept = url === before?.url ? before?.authorization : undefined;
  return { ...given, url, authorization: given.authorization ?? kept };
}

function withPassword(
  given: NonNullable<NotifyChange['email']>,
  before: NotifySettings['email'],
): object {
  const isSame = given.host === before?.host && given.user === before.user;
  // Nor is it to be read on the way.
  const isAsSafe = given.security === before?.security;
  const kept = isSame && isAsSafe ? before.password : undefined;
  return { ...given, password: given.password ?? kept };
}

function noteOfLost(channel: NotifyChannel, why: string): TimelineNote {
  const ways = { webhook: 'the webhook', email: 'e-mail', program: 'the program' };
  const message =
    `Notifications by ${ways[channel]} were given up: ${why}. Settings, Notifications, has a test; the ` +
    'timeline has what was not told.';
  return { kind: 'notificationsLost', severity: 'warning', message };
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}
