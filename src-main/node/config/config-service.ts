import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { AdminArguments, AdminResult } from '../../../src-shared/contract/admin.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import type { NodeSettingsChange } from '../../../src-shared/model/node-settings.ts';
import { type ServerConfig, serverConfigFormat } from '../../../src-shared/model/server-config.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { PairedServers } from '../peers/pairing/paired-servers.ts';
import type { RelationshipService } from '../relationships/relationship-service.ts';
import { relationshipOfOwn } from '../relationships/relationship-status.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import type { UnattendedFile } from '../settings/unattended-file.ts';
import { type ConfigPlan, planConfig } from './plan-config.ts';
import { whyOtherMembers } from './member-commands.ts';
import { wishOf } from './relationship-difference.ts';
import type { UnattendedWork } from './unattended-work.ts';

export interface ConfigServiceOptions {
  ownId: string;
  file: UnattendedFile;
  settings: LiveSettings;
  vendors: () => readonly TrustedVendor[];
  paired: Pick<PairedServers, 'all'>;
  relationships: Pick<RelationshipService, 'statuses'>;
  work: UnattendedWork;
  nowMs: () => number;
  note: (note: TimelineNote) => void;
  admin: Actor;
}

/** Configuration files as a server that runs applies and writes them. */
export class ConfigService {
  readonly #options: ConfigServiceOptions;

  constructor(options: ConfigServiceOptions) {
    this.#options = options;
  }

  /** Nothing is changed where a setting is refused; what takes other servers goes on by itself. */
  async apply({
    config,
    fileName,
    dryRun,
  }: AdminArguments<'config.apply'>): Promise<AdminAnswer<AdminResult<'config.apply'>>> {
    const { file, settings, work, note, admin } = this.#options;
    const refusal = this.#refuseOtherRelationship(config);
    if (refusal) return refusal;
    const plan = this.#plan(config);
    const { changes } = plan;
    if (dryRun) return { ok: true, value: { changes, waits: work.waits() } };
    const changed = await settings.change(this.#changeOf(plan));
    if (!changed.ok) return changed;
    await file.change(() => this.#plan(config).unattended);
    if (changes.length > 0) {
      const message = `The configuration file ${fileName} was applied: ${changes.join(', ')}.`;
      note({ kind: 'settingsChanged', severity: 'info', message, actor: admin });
    }
    await work.look();
    return { ok: true, value: { changes, waits: work.waits() } };
  }

  /** What makes another server like this one; codes and keys are not in it. */
  export(): AdminResult<'config.export'> {
    const { ownId, settings, vendors, relationships } = this.#options;
    const status = relationshipOfOwn(ownId, relationships.statuses());
    const wish = status && wishOf(status, ownId);
    return {
      config: {
        format: serverConfigFormat,
        settings: settings.current,
        vendors: vendors()
          .filter(({ demo }) => !demo)
          .map(({ vendor, publicKey, endorsements }) => ({
            format: 'understudy-vendor/1',
            vendor,
            publicKey,
            ...(endorsements && { endorsements }),
          })),
        ...(wish && { relationship: wish }),
      },
    };
  }

  #plan(config: ServerConfig): ConfigPlan {
    const { ownId, file, settings, vendors, paired, relationships, nowMs } = this.#options;
    return planConfig(config, {
      settings: settings.current,
      unattended: file.state,
      nowMs: nowMs(),
      running: {
        ownId,
        keyIds: vendors().map(({ keyId }) => keyId),
        paired: paired.all().filter(({ endedByOther }) => !endedByOther),
        relationship: relationshipOfOwn(ownId, relationships.statuses()),
      },
    });
  }

  /** Only what differs: what a command-line option sets cannot be changed, and need not be. */
  #changeOf({ settings }: ConfigPlan): NodeSettingsChange {
    const { current } = this.#options.settings;
    const differing = Object.entries(settings).filter(
      ([name, value]) =>
        JSON.stringify(value) !== JSON.stringify(current[name as keyof typeof current]),
    );
    return Object.fromEntries(differing);
  }

  #refuseOtherRelationship({ relationship }: ServerConfig): AdminAnswer<never> | undefined {
    const { relationships, ownId } = this.#options;
    const all = relationships.statuses();
    const status = relationshipOfOwn(ownId, all);
    if (!relationship || !status) return undefined;
    const why = whyOtherMembers(relationship, status, { ownId, ofSeveral: all.length > 1 });
    if (why === null) return undefined;
    const otherwise = 'Or take the relationship out of the file. Nothing was changed.';
    return refuse('RELATIONSHIP_EXISTS', `${why} ${otherwise}`);
  }
}
