import { systemClock } from '../base/clock.ts';
import { ClientPort } from '../client-api/client-port.ts';
import { MdnsDiscovery } from '../peers/discovery/mdns-discovery.ts';
import { Partners } from '../peers/pairing/partners.ts';
import { PeerCalls } from '../peers/peer-calls.ts';
import type { SharedInvitations } from '../peers/pairing/invitations.ts';
import { Servers } from '../peers/servers.ts';
import { LiveSettings, type SettingsOverride } from '../settings/live-settings.ts';
import { saveNodeSettings } from '../settings/node-settings.ts';
import { type UnattendedFile, usedBy } from '../settings/unattended-file.ts';
import type { Ground } from './ground.ts';
import type { NodeOptions } from './node-options.ts';

/** Where this server listens, and the other servers that it has to do with. */
export interface Links {
  settings: LiveSettings;
  /** Clients and other servers connect to the same port. */
  port: ClientPort;
  partners: Partners;
  servers: Servers;
  calls: PeerCalls;
}

export function makeLinks(ground: Ground): Links {
  const { events, log } = ground;
  const override = overrideOf(ground.options);
  const port = new ClientPort({
    settings: { ...ground.storedSettings, ...override },
    log,
    onChange: () => events.emit({ type: 'portChanged' }),
  });
  const settings = new LiveSettings({
    stored: ground.storedSettings,
    override,
    apply: (next) => port.reconfigure(next),
    save: (next) => saveNodeSettings(ground.directory.settingsFile, next),
    onChange: () => events.emit({ type: 'settingsChanged' }),
  });
  const partners = new Partners();
  const servers = makeServers(ground, { settings, port, partners });
  const calls = new PeerCalls({
    send: (to, payload) => servers.send(to, payload),
    untilTried: (to) => servers.untilTried(to),
    nameOf: (id) => servers.nameOf(id),
    isPartner: (id) => partners.has(id),
    log,
  });

  events.on('settingsChanged', () => {
    log.setLevel(settings.current.logLevel);
    servers.noteChange();
  });
  events.on('portChanged', () => servers.noteChange());
  events.on('bootStored', () => servers.noteBoot());
  events.on('linkReported', ({ event }) => {
    const isGone = event.type === 'goodbye' || event.type === 'disconnected';
    if (isGone) calls.noteDisconnected(event.id);
  });
  return { settings, port, partners, servers, calls };
}

function makeServers(
  { options, events, identity, admin, paired, unattended, boots, journal, log }: Ground,
  { settings, port, partners }: Pick<Links, 'settings' | 'port' | 'partners'>,
): Servers {
  return new Servers({
    keys: identity,
    admin,
    version: options.version,
    paired,
    shared: shareInvitations(unattended),
    settings: () => settings.current,
    listen: () => port.status(),
    boots: () => boots.chain,
    isOwnBoot: (boot) => boots.isOfThisProcess(boot),
    noteKnownElsewhere: (boot) => {
      const isPutBack = boots.noteKnownElsewhere(boot, systemClock().wallMs);
      if (isPutBack) events.emit({ type: 'putBackHeard' });
      return isPutBack;
    },
    makeDiscovery: (interfaceName) => new MdnsDiscovery({ interfaceName, log }),
    clock: systemClock,
    random: Math.random,
    log,
    partners,
    report: (note) => journal.note(note),
    onLinkEvent: (event) => events.emit({ type: 'linkReported', event }),
    onChange: () => events.emit({ type: 'serversChanged' }),
  });
}

/** The invitations of the configuration file by which others may pair with this server. */
function shareInvitations(unattended: UnattendedFile): SharedInvitations {
  return {
    open: () =>
      unattended.state.invitations.filter(
        ({ address, untilMs }) => address === null && systemClock().wallMs < untilMs,
      ),
    noteUsed: (code, serverId) => unattended.change((state) => usedBy(state, code, serverId)),
  };
}

function overrideOf({ name, listen, mdns, fixedPeers }: NodeOptions): SettingsOverride {
  return {
    ...(name === undefined ? {} : { name }),
    ...(listen === undefined ? {} : { listenHost: listen.host, listenPort: listen.port }),
    ...(mdns === undefined ? {} : { mdns }),
    ...(fixedPeers === undefined ? {} : { fixedPeers }),
  };
}
