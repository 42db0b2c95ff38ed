import { connect } from 'node:net';

/** Writes bytes as they are, `isAll`: and says that none will follow; collects everything until the server closes. */
export function raw(port: number, bytes: string, isAll = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    // A reset closes it too.
    socket.on('error', () => {});
    // ISO 8859-1: a byte a character.
    if (isAll) socket.end(bytes, 'latin1');
    else socket.write(bytes, 'latin1');
  });
}

/** Sends a byte a second, and collects everything until the server closes. */
export function drip(port: number, atOnce: string, slowly: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    let sent = 0;
    const timer = setInterval(() => {
      if (sent < slowly.length) socket.write(slowly.charAt(sent));
      sent += 1;
    }, 1_000);
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(text);
    });
    socket.write(atOnce);
  });
}
