/**
 * The calls of Linux for UDP sockets, reached through koffi. Memory is handed over as addresses, plain numbers, so that a
 * call costs some 30 ns more than in C and allocates nothing. Whoever takes an address must hold on to the memory for as
 * long as the system may use it: nothing else keeps the garbage collector from it.
 */
import { endianness, platform } from 'node:os';

/** Octets from its start; whole, below 2^47. */
export type Address = number;

export interface SystemCalls {
  socket(domain: number, type: number, protocol: number): number;
  bind(socket: number, address: Address, length: number): number;
  connect(socket: number, address: Address, length: number): number;
  getsockname(socket: number, address: Address, length: Address): number;
  setsockopt(socket: number, level: number, option: number, value: Address, length: number): number;
  send(socket: number, bytes: Address, length: number, flags: number): number;
  sendto(
    socket: number,
    bytes: Address,
    length: number,
    flags: number,
    address: Address,
    addressLength: number,
  ): number;
  recv(socket: number, bytes: Address, length: number, flags: number): number;
  recvfrom(
    socket: number,
    bytes: Address,
    length: number,
    flags: number,
    address: Address,
    addressLength: Address,
  ): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, socket: number, event: Address): number;
  epoll_wait(epoll: number, events: Address, count: number, timeout: number): number;
  close(descriptor: number): number;
  inet_pton(family: number, text: string, address: Address): number;
  inet_ntop(family: number, address: Address, text: Address, length: number): Address;
  /** Of the last call that failed. */
  errno(): number;
  /** Of memory outside the heap, which a collection does not move. */
  addressOf(memory: ArrayBuffer): Address;
}

/** Processors whose structures are laid out as `direct-driver.ts` knows them. */
const KNOWN: readonly string[] = ['x64', 'arm64'];

/**
 * @throws Error saying why they cannot be reached here
 */
export async function loadSystemCalls(): Promise<SystemCalls> {
  if (platform() !== 'linux')
    throw new Error(`system calls are made directly on Linux, and this is ${platform()}`);
  if (!KNOWN.includes(process.arch) || endianness() !== 'LE') {
    throw new Error(`system calls are made directly on ${KNOWN.join(' and ')}, and this is ${process.arch}`);
  }
  const { default: koffi } = await import('koffi');
  // The C library that node itself runs on, whichever it is.
  const c = koffi.load(null);
  return {
    socket: c.func('int socket(int, int, int)'),
    bind: c.func('int bind(int, uintptr_t, uint32_t)'),
    connect: c.func('int connect(int, uintptr_t, uint32_t)'),
    getsockname: c.func('int getsockname(int, uintptr_t, uintptr_t)'),
    setsockopt: c.func('int setsockopt(int, int, int, uintptr_t, uint32_t)'),
    send: c.func('int64_t send(int, uintptr_t, size_t, int)'),
    sendto: c.func('int64_t sendto(int, uintptr_t, size_t, int, uintptr_t, uint32_t)'),
    recv: c.func('int64_t recv(int, uintptr_t, size_t, int)'),
    recvfrom: c.func('int64_t recvfrom(int, uintptr_t, size_t, int, uintptr_t, uintptr_t)'),
    epoll_create1: c.func('int epoll_create1(int)'),
    epoll_ctl: c.func('int epoll_ctl(int, int, int, uintptr_t)'),
    epoll_wait: c.func('int epoll_wait(int, uintptr_t, int, int)'),
    close: c.func('int close(int)'),
    inet_pton: c.func('int inet_pton(int, const char *, uintptr_t)'),
    inet_ntop: c.func('uintptr_t inet_ntop(int, uintptr_t, uintptr_t, uint32_t)'),
    errno: () => koffi.errno(),
    addressOf: (memory) => Number(koffi.address(new Uint8Array(memory))),
  };
}
