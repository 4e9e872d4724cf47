// All that the host reads of one row: 76 bytes, written by the kernels that know a part.

#import lib/record

struct ReadoutRow {
    record: Record,
    gathered: array<f32, 8>,
    kl: f32,
}
