import type { Understudy } from './understudy.ts';

const states = ['serving', 'standby', 'failover', 'stopped'] as const;

/** The state whose icon has the shape that the panel was given. */
export async function shownState({ app, tray }: Understudy): Promise<string | undefined> {
  const shapes = await app.evaluate(
    ({ nativeImage, app: electronApp }, names) =>
      names.map((name) => {
        const file = `${electronApp.getAppPath()}/assets/tray/${name}-light.png`;
        const bgra = nativeImage.createFromPath(file).toBitmap({ scaleFactor: 2 });
        return Buffer.from(bgra.filter((_byte, index) => index % 4 === 3)).toString('base64');
      }),
    states,
  );
  const { argb } = await tray.icon();
  const shape = Buffer.from(argb.filter((_byte, index) => index % 4 === 0));
  return states[shapes.indexOf(shape.toString('base64'))];
}
