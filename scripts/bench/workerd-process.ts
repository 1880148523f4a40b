/** Memory and CPU time of the workerd of a running server, by /proc: Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** wrangler runs two workerds, its proxy and the Worker: the Worker's is the larger. */
export function workerdOf(pid: number): string {
  return descendants(pid)
    .filter((child) => commandOf(child).includes('workerd'))
    .reduce((a, b) => (residentMB(a) >= residentMB(b) ? a : b));
}

function descendants(pid: number): string[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      // The command's name, in parentheses, may hold spaces.
      const fields = procFile(name, 'stat').split(') ')[1]?.split(' ');
      return { pid: name, parent: fields?.[1] };
    });
  const below = (parent: string): string[] =>
    parents.filter((p) => p.parent === parent).flatMap((p) => [p.pid, ...below(p.pid)]);
  return below(String(pid));
}

/** A file of a process, empty when the process has ended meanwhile. */
function procFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function commandOf(pid: string): string {
  return procFile(pid, 'cmdline').split('\0')[0] ?? '';
}

/** Clock ticks of /proc a second, on every Linux. */
const TICKS_PER_SECOND = 100;

/** CPU time of a process so far, user and system. */
export function cpuMilliseconds(pid: string): number {
  const fields = procFile(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/**
 * CPU time of a process's threads that live, to the nanosecond where `cpuMilliseconds` counts in ticks of 10 ms: for differences over
 * a while in which no thread ends.
 */
export function threadMilliseconds(pid: string): number {
  const spent = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(procFile(`${pid}/task/${thread}`, 'schedstat').split(' ')[0]),
  );
  return spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

export function residentMB(pid: string): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(procFile(pid, 'status'));
  return Number(line?.[1]) / 1024;
}

/** The most that is held while something runs, sampled every 20 ms. */
export async function peakMB<T>(
  pid: string,
  run: () => Promise<T>,
): Promise<{ peak: number; result: T }> {
  let peak = residentMB(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMB(pid));
  }, 20);
  try {
    const result = await run();
    return { peak: Math.max(peak, residentMB(pid)), result };
  } finally {
    clearInterval(timer);
  }
}
