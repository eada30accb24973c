/** Outlines of the marks: each grade has its own, so that it is told without colour. Around (0, 0), about 40 wide. */
import type { Look } from './model';

export const SHAPES: Record<Look, string> = {
  good: 'M0-18A18 18 0 1 1 0 18A18 18 0 1 1 0-18Z',
  moderate: 'M-13-17H13Q17-17 17-13V13Q17 17 13 17H-13Q-17 17-17 13V-13Q-17-17-13-17Z',
  unhealthy: 'M0-22L22 0L0 22L-22 0Z',
  very_unhealthy: 'M0-21L5.4-13L14.8-14.8L13-5.4L21 0L13 5.4L14.8 14.8L5.4 13L0 21L-5.4 13L-14.8 14.8L-13 5.4L-21 0L-13-5.4L-14.8-14.8L-5.4-13Z',
  old: 'M0-18A18 18 0 1 1 0 18A18 18 0 1 1 0-18Z',
  none: 'M0-18A18 18 0 1 1 0 18A18 18 0 1 1 0-18Z',
};

/** Across a bus whose air is bad, so that this, too, is told without colour. */
export const STRIPES: Partial<Record<Look, string>> = {
  unhealthy: 'M-6 2H6',
  very_unhealthy: 'M-6 0H6M-6 5H6',
};

/** A bus, seen from above, heading north. */
export const BUS_SHAPE = 'M0-11L6-4.5V8Q6 10 4 10H-4Q-6 10-6 8V-4.5Z';
