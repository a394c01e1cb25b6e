interface HolderProps {
  user: string;
  host: string;
}

/** Who holds a seat, or wanted one; each name in its own direction of writing. */
export function Holder({ user, host }: HolderProps) {
  return (
    <>
      <bdi>{user}</bdi> on <bdi>{host}</bdi>
    </>
  );
}
