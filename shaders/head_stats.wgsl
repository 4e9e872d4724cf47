// partials[group, r] = statistics over one span of the vocabulary of the logits x[r, :] · W[n, :] + head_bias(n); logits are never stored

#import weights
#import head_bias
#import lib/tile_product
#import lib/record_row
#import lib/random
#import lib/stats

struct Params {
    rows: u32,
    quads: u32,
    // Rows of this shard of W, and the id of the first.
    columns: u32,
    first_id: u32,
    scale_offset: u32,
    // Tiles of the vocabulary that one workgroup reduces.
    tiles: u32,
    // Index of the first of this shard's partials, and their number over all shards.
    first_partial: u32,
    // Entries of `special`: first the banned ids, then the stop ids.
    banned: u32,
    stops: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read_write> partials: array<Stats>;
@group(0) @binding(4) var<storage, read> record_rows: array<RecordRow>;
@group(0) @binding(5) var<storage, read> special: array<u32>;

const BANNED: u32 = 1u;
const STOP: u32 = 2u;

// [row][column] of the tile.
var<workgroup> logits: array<vec4<f32>, 256>;
var<workgroup> column_kinds: array<u32, TILE>;

fn column_kind(id: u32) -> u32 {
    var kind = 0u;
    for (var i = 0u; i < params.banned; i++) {
        kind |= select(0u, BANNED, special[i] == id);
    }
    for (var i = 0u; i < params.stops; i++) {
        kind |= select(0u, STOP, special[params.banned + i] == id);
    }
    return kind;
}

fn add_tile(before: Stats, row: RecordRow, tile_row: u32, first_column: u32) -> Stats {
    var stats = before;
    for (var i = 0u; i < TILE && first_column + i < params.columns; i++) {
        let kind = column_kinds[i];
        if (kind & BANNED) != 0u {
            continue;
        }
        let id = params.first_id + first_column + i;
        let l = (logits[tile_row * 8u + i / 4u][i % 4u] + head_bias(id)) * row.scale;
        var noisy = l;
        if row.noise != 0.0 {
            noisy += row.noise * gumbel(row.key, id);
        }
        stats = add_logit(stats, id, l, noisy);
        if id == row.current {
            stats.l_cur = l;
        }
        if (kind & STOP) != 0u {
            stats.l_eos = log_add(stats.l_eos, l);
        }
    }
    return stats;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first_row = group.y * TILE;
    // The first 32 lanes own one row of the tile each.
    let row = first_row + lane;
    let owns_row = lane < TILE && row < params.rows;
    var stats = no_stats();
    for (var tile = 0u; tile < params.tiles; tile++) {
        let first_column = (group.x * params.tiles + tile) * TILE;
        let shape = TileShape(first_row, params.rows, first_column, params.columns, params.quads, params.scale_offset);
        let products = tile_product(shape, lane);
        let at = (lane / 8u) * 32u + lane % 8u;
        logits[at] = products.row0;
        logits[at + 8u] = products.row1;
        logits[at + 16u] = products.row2;
        logits[at + 24u] = products.row3;
        if lane < TILE {
            column_kinds[lane] = column_kind(params.first_id + first_column + lane);
        }
        workgroupBarrier();
        if owns_row {
            stats = add_tile(stats, record_rows[row], lane, first_column);
        }
        workgroupBarrier();
    }
    if owns_row {
        partials[(params.first_partial + group.x) * params.rows + row] = stats;
    }
}
