import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWaitingRoom } from '../../lib/local/waiting-room.ts';

const sockets = (count: number): Socket[] => Array.from({ length: count }, () => new Socket());
const shownOut = (all: readonly Socket[]): number[] =>
  all.flatMap((socket, n) => (socket.destroyed ? [n] : []));

describe('connections that wait', () => {
  it('give way to new ones when there are too many, the one that has waited longest first', () => {
    const room = createWaitingRoom(3, 1_000);
    const all = sockets(5);
    for (const socket of all.slice(0, 3)) room.enter(socket);
    expect(shownOut(all)).toEqual([]);
    for (const socket of all.slice(3)) room.enter(socket);
    expect(shownOut(all)).toEqual([0, 1]);
  });

  it('keep their place while they send, and get a new one with every answer', () => {
    const room = createWaitingRoom(2, 1_000);
    const all = sockets(4);
    const [slow, quick, third, fourth] = all as [Socket, Socket, Socket, Socket];
    room.enter(quick);
    room.enter(slow);
    room.leave(quick);
    room.enter(quick);
    room.hold(slow, 1);
    room.enter(third);
    expect(shownOut(all)).toEqual([0]);
    room.enter(fourth);
    expect(shownOut(all)).toEqual([0, 1]);
  });

  it('give way when they hold too much of unfinished bodies, and what left holds nothing', () => {
    const room = createWaitingRoom(100, 1_000);
    const all = sockets(4);
    for (const socket of all) room.enter(socket);
    for (const socket of all.slice(0, 3)) room.hold(socket, 300);
    room.leave(all[1] as Socket);
    room.hold(all[3] as Socket, 400);
    expect(shownOut(all)).toEqual([]);
    room.hold(all[3] as Socket, 1);
    expect(shownOut(all)).toEqual([0]);
  });

  it('are never more, and never hold more, than may be, and whoever is being answered is left alone', () => {
    const steps = fc.array(
      fc.record({
        who: fc.nat(9),
        what: fc.constantFrom('enter' as const, 'hold' as const, 'leave' as const),
        bytes: fc.nat(60),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (played) => {
        const room = createWaitingRoom(4, 100);
        const all = sockets(10);
        const held = new Map<Socket, number>();
        const answered = new Set<Socket>();
        for (const { who, what, bytes } of played) {
          const socket = all[who] as Socket;
          if (socket.destroyed) continue;
          if (what === 'hold') {
            held.set(socket, (held.get(socket) ?? 0) + bytes);
            room.hold(socket, bytes);
          } else {
            held.delete(socket);
            if (what === 'enter') held.set(socket, 0);
            else answered.add(socket);
            room[what](socket);
          }
          if (held.has(socket)) answered.delete(socket);
          expect([...answered].filter(({ destroyed }) => destroyed)).toEqual([]);
          for (const gone of held.keys()) if (gone.destroyed) held.delete(gone);
          expect(held.size).toBeLessThanOrEqual(4);
          expect([...held.values()].reduce((sum, more) => sum + more, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
