// partials[group, r] = statistics over one span of the vocabulary of the logits x[r, :] · W[n, :] + head_bias(n); logits are never stored

#import weights
#import head_bias
#import tile
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

// Columns of the tile that a lane sums up, of one row.
const PART_COLUMNS: u32 = TILE_COLUMNS / TILE_PARTS;
// Columns that a partial sums up, and so the tiles of the vocabulary that one workgroup goes through.
const SPAN: u32 = 64u;
const TILES: u32 = SPAN / PART_COLUMNS;

// [row][column] of the tile.
var<workgroup> logits: array<vec4<f32>, TILE_ROWS * TILE_COLUMNS / 4u>;
var<workgroup> column_kinds: array<u32, TILE_COLUMNS>;

fn emit(shape: TileShape, row: u32, column: u32, value: vec4<f32>) {
    logits[(row * TILE_COLUMNS + column) / 4u] = value;
}

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

fn add_part(before: Stats, row: RecordRow, tile_row: u32, first_column: u32, first: u32) -> Stats {
    var stats = before;
    for (var i = first; i < first + PART_COLUMNS && first_column + i < params.columns; i++) {
        let kind = column_kinds[i];
        if (kind & BANNED) != 0u {
            continue;
        }
        let id = params.first_id + first_column + i;
        let product = logits[(tile_row * TILE_COLUMNS + i) / 4u][i % 4u];
        let l = (product + head_bias(id)) * row.scale;
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
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let first_row = group.y * TILE_ROWS;
    let tile_row = lane.index % TILE_ROWS;
    let part = lane.index / TILE_ROWS;
    let row = first_row + tile_row;
    let has_part = row < params.rows && part < TILE_PARTS;
    var stats = no_stats();
    for (var tile = 0u; tile < TILES; tile++) {
        let first_column = (group.x * TILES + tile) * TILE_COLUMNS;
        if first_column >= params.columns {
            // The last group of a shard may have nothing left; its partials are empty.
            break;
        }
        let shape = TileShape(first_row, params.rows, first_column, params.columns, params.quads, params.scale_offset);
        tile_product(shape, lane);
        for (var column = lane.index; column < TILE_COLUMNS; column += 64u) {
            column_kinds[column] = column_kind(params.first_id + first_column + column);
        }
        workgroupBarrier();
        if has_part {
            stats = add_part(stats, record_rows[row], tile_row, first_column, part * PART_COLUMNS);
        }
        workgroupBarrier();
    }
    if has_part {
        partials[(params.first_partial + group.x * TILE_PARTS + part) * params.rows + row] = stats;
    }
}
