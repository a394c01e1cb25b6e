import type { Menu, MenuItemConstructorOptions, NativeImage } from 'electron';
import { expect, test } from 'vitest';
import {
  deriveTray,
  type TrayCommand,
  type TrayView,
} from '../../../src-main/desktop/tray/derive-tray.ts';
import { TrayRenderer } from '../../../src-main/desktop/tray/tray.ts';
import { atMs, makeLicense, makeUi } from '../../support/snapshot-builders.ts';

const view = (inUse: number): TrayView =>
  deriveTray(makeUi({ node: { licenses: [makeLicense({ feature: 'cut & paste', inUse })] } }), {
    ...{ nowMs: atMs, darkPanel: false, recoverable: false },
  });

function makeRenderer() {
  const calls: string[] = [];
  const commands: TrayCommand[] = [];
  let template: MenuItemConstructorOptions[] = [];
  const clicks: (() => void)[] = [];
  const renderer = new TrayRenderer({
    create: () => {
      calls.push('create');
      return {
        setImage: () => calls.push('image'),
        setToolTip: (text) => calls.push(`tooltip ${text}`),
        setContextMenu: () => calls.push('menu'),
        on: (_event, listener) => clicks.push(listener),
        destroy: () => calls.push('destroy'),
      };
    },
    loadIcon: () => ({}) as NativeImage,
    buildMenu: (next) => {
      template = next;
      return {} as Menu;
    },
    run: (command) => commands.push(command),
  });
  const click = (label: string) => {
    const item = template.find((candidate) => candidate.label?.startsWith(label));
    item?.click?.({} as never, undefined, {});
  };
  return { renderer, calls, commands, clicks, click, labels: () => template.map((t) => t.label) };
}

test('the same view touches nothing, another one only what differs', () => {
  const { renderer, calls } = makeRenderer();
  renderer.render(view(1));
  expect(calls).toEqual([
    'create',
    'image',
    'tooltip SRV-A: serving 1 licence, 1 of 10 seats in use',
    'menu',
  ]);
  calls.length = 0;
  renderer.render(view(1));
  expect(calls).toEqual([]);
  renderer.render({ ...view(1), tooltip: 'other' });
  expect(calls).toEqual(['tooltip other']);
});

test('items and clicks give their commands; an ampersand is no mnemonic', () => {
  const { renderer, commands, clicks, click, labels } = makeRenderer();
  renderer.render(view(10));
  expect(labels()).toContain('cut && paste: all seats in use');
  click('cut && paste');
  click('Copy status');
  clicks[0]?.();
  expect(commands).toEqual([
    { type: 'showTab', tab: 'licences', license: 'acme-cad' },
    { type: 'copyStatus' },
    { type: 'openWindow' },
  ]);
});
