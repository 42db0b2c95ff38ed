import type { Socket } from 'node:net';

/** Connections that nobody is being answered on: without a request, or with one that is not whole yet. */
export interface WaitingRoom {
  /** A connection is new, or its last request has been answered. */
  enter(socket: Socket): void;
  /** So many bytes more of its request's body are kept. */
  hold(socket: Socket, bytes: number): void;
  /** Its request is whole, or it has closed. */
  leave(socket: Socket): void;
}

/**
 * When it is full, who has waited longest is shown out: so whoever sends slowly, or nothing, over however many
 * connections, takes places from others like them, and those who send a whole request at once find one.
 *
 * @param bytesMax of unfinished bodies, together
 */
export function createWaitingRoom(connectionsMax: number, bytesMax: number): WaitingRoom {
  /** Bytes held, in the order in which they came. */
  const waiting = new Map<Socket, number>();
  let bytes = 0;
  const leave = (socket: Socket): void => {
    bytes -= waiting.get(socket) ?? 0;
    waiting.delete(socket);
  };
  const makeRoom = (): void => {
    for (const longest of waiting.keys()) {
      if (waiting.size <= connectionsMax && bytes <= bytesMax) return;
      leave(longest);
      longest.destroy();
    }
  };
  return {
    enter(socket) {
      leave(socket);
      waiting.set(socket, 0);
      makeRoom();
    },
    hold(socket, more) {
      waiting.set(socket, (waiting.get(socket) ?? 0) + more);
      bytes += more;
      makeRoom();
    },
    leave,
  };
}
