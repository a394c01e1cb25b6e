import { Button, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { Unseen } from '../../components/marks/unseen.tsx';
import { ArrowDownRegular, ArrowUpRegular, DismissRegular } from '../../base/icons.ts';
import { movedTo } from './server-order.ts';

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyleType: 'none' },
  row: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    padding: '2px 8px',
    borderTop: `2px solid transparent`,
    borderBottom: `2px solid transparent`,
    cursor: 'grab',
  },
  dragged: { opacity: 0.5 },
  before: { borderTopColor: tokens.colorCompoundBrandStroke },
  after: { borderBottomColor: tokens.colorCompoundBrandStroke },
  name: { flexGrow: 1, overflowWrap: 'anywhere' },
});

interface ServerLadderProps {
  order: readonly string[];
  nameOf: (id: string) => string;
  onChange: (order: string[]) => void;
  /** Without it none can be taken out. */
  onRemove?: (id: string) => void;
}

interface Drag {
  from: number;
  over: number;
}

/** Servers in order: each can be dragged to its place, and has a button up and down for the keyboard. */
export function ServerLadder({ order, nameOf, onChange, onRemove }: ServerLadderProps) {
  const styles = useStyles();
  const [drag, setDrag] = useState<Drag | null>(null);
  const [said, setSaid] = useState('');
  const list = useRef<HTMLOListElement>(null);
  // A button that is moved in the document loses the focus.
  const focused = useRef('');
  useEffect(() => {
    if (focused.current === '') return;
    list.current
      ?.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused.current)}"]`)
      ?.focus();
    focused.current = '';
  }, [order]);
  const move = (from: number, to: number) => {
    const next = movedTo(order, from, to);
    const id = order[from] ?? '';
    setSaid(`${nameOf(id)} is number ${next.indexOf(id) + 1} of ${next.length} now.`);
    onChange(next);
  };
  const press = (label: string, from: number, to: number) => {
    focused.current = label;
    move(from, to);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    if (drag && drag.from !== drag.over) move(drag.from, drag.over);
    setDrag(null);
  };
  return (
    <>
      <ol ref={list} className={styles.list} aria-label="Order of the servers">
        {order.map((id, rank) => {
          const name = nameOf(id);
          const isOver = drag !== null && drag.over === rank && drag.from !== rank;
          return (
            <li
              key={id}
              draggable
              className={mergeClasses(
                styles.row,
                drag?.from === rank && styles.dragged,
                isOver && (rank < drag.from ? styles.before : styles.after),
              )}
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = 'move';
                event.dataTransfer.setData('text/plain', id);
                setDrag({ from: rank, over: rank });
              }}
              onDragOver={(event) => {
                if (!drag) return;
                event.preventDefault();
                if (drag.over !== rank) setDrag({ ...drag, over: rank });
              }}
              onDrop={drop}
              onDragEnd={() => setDrag(null)}
            >
              <Text className={styles.name}>
                {rank + 1}. <bdi>{name}</bdi>
              </Text>
              <Button
                size="small"
                icon={<ArrowUpRegular />}
                aria-label={`${name} earlier`}
                disabledFocusable={rank === 0}
                onClick={() => rank > 0 && press(`${name} earlier`, rank, rank - 1)}
              />
              <Button
                size="small"
                icon={<ArrowDownRegular />}
                aria-label={`${name} later`}
                disabledFocusable={rank === order.length - 1}
                onClick={() => rank < order.length - 1 && press(`${name} later`, rank, rank + 1)}
              />
              {onRemove && (
                <Button
                  size="small"
                  icon={<DismissRegular />}
                  aria-label={`Leave ${name} out`}
                  onClick={() => onRemove(id)}
                />
              )}
            </li>
          );
        })}
      </ol>
      <span role="status">
        <Unseen>{said}</Unseen>
      </span>
    </>
  );
}
