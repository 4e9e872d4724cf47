// out[r, h, :] = softmax over visible keys j of (q[r, h] · k[j, g] * scale) times v[j, g, :]; key j is visible to row r when key_class[j] <= class[r], j is not blind[r], and `sight` reaches it

#import lib/tile_rows
#import share
#import sight
#import kv

// Below every score, and a score that is hidden below that: its weight is 0, whatever else there is.
const LEAST: f32 = -1e29;
const HIDDEN: f32 = -1e30;
// Lanes that share a row.
const SHARERS: u32 = LANES / 8u;

struct Params {
    rows: u32,
    keys: u32,
    query_heads: u32,
    key_heads: u32,
    head_dim: u32,
    scale: f32,
    // Farthest position that is seen, where sight is near.
    reach: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, query heads + 2 * key heads, head_dim]
@group(0) @binding(1) var<storage, read> qkv: array<vec4<f32>>;
// Binding 2, in a file of its own: [keys, key heads and value heads, head_dim], the slots of the store, of this forward's rows and of earlier ones.
// Attention class of each row: all equal is full attention, the block's index is block-causal, the position is causal.
@group(0) @binding(3) var<storage, read> classes: array<u32>;
// Attention class of each slot.
@group(0) @binding(4) var<storage, read> key_classes: array<u32>;
// A slot that each row does not see, whatever its class; NO_TOKEN for none. An extra row at a position hides that position's own row with it.
@group(0) @binding(5) var<storage, read> blind: array<u32>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

// Query heads that share a key head are rows like any others: the tile is eight pairs of a row and such a head.
struct Tile {
    first: u32,
    key_head: u32,
    // Query heads of the key head.
    heads: u32,
}

// Of each row of the tile: what decides which keys it sees (class, blind slot, place), and the first quad of its query.
var<workgroup> row_sights: array<vec4<u32>, 8>;
var<workgroup> query_starts: array<u32, 8>;
// Of each quad of keys in a chunk, the eight rows' scores, then their weights. At the end the sums of each strand.
var<workgroup> weights: array<vec4<f32>, LANES * 8u>;
// What the lanes of a row tell each other.
var<workgroup> of_lanes: array<f32, LANES>;
// Of each row: what its sums so far are multiplied with.
var<workgroup> factors: array<f32, 8>;

// A pair of row and head. Those beyond the last repeat it, so that no load needs a condition.
fn pair_of(tile: Tile, index: u32) -> vec2<u32> {
    let pair = min(tile.first + index, params.rows * tile.heads - 1u);
    return vec2<u32>(pair / tile.heads, tile.key_head * tile.heads + pair % tile.heads);
}

fn load_rows(tile: Tile, lane: Lane) {
    if lane.index < 8u {
        let pair = pair_of(tile, lane.index);
        row_sights[lane.index] = vec4<u32>(classes[pair.x], blind[pair.x], place_of_row(pair.x));
        let head = pair.x * (params.query_heads + 2u * params.key_heads) + pair.y;
        query_starts[lane.index] = head * (params.head_dim / 4u);
    }
    workgroupBarrier();
}

fn sees(row: vec4<u32>, key: u32) -> bool {
    let kept = min(key, params.keys - 1u);
    return key < params.keys && key_classes[kept] <= row.x && key != row.y && reaches(row.zw, place_of_key(kept));
}

// Slots of four keys; those beyond the last repeat it.
fn slots_of(key: u32) -> vec4<u32> {
    return min(vec4<u32>(key) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.keys - 1u));
}

fn put(rows: Rows, at: u32, stride: u32) {
    weights[at] = rows.row0;
    weights[at + stride] = rows.row1;
    weights[at + 2u * stride] = rows.row2;
    weights[at + 3u * stride] = rows.row3;
    weights[at + 4u * stride] = rows.row4;
    weights[at + 5u * stride] = rows.row5;
    weights[at + 6u * stride] = rows.row6;
    weights[at + 7u * stride] = rows.row7;
}

// Puts the products of the eight queries with the four keys of this lane into `weights`.
fn put_products(tile: Tile, at: Sources, key: u32, lane: Lane) {
    let heads = slots_of(key) * 2u * params.key_heads + tile.key_head;
    var products: Rows;
    for (var quad = 0u; quad < params.head_dim / 4u; quad++) {
        let columns = mat4x4<f32>(kept4(heads.x, quad), kept4(heads.y, quad), kept4(heads.z, quad), kept4(heads.w, quad));
        products = add_rows(products, queries(at, quad), transpose(columns));
    }
    put(products, lane.index * 8u, 1u);
    workgroupBarrier();
}

// What a lane knows of its row: LANES / 8 lanes share one, and take its quads of keys in turn.
struct Row {
    sight: vec4<u32>,
    index: u32,
    // Largest score so far.
    largest: f32,
    // Weights of this lane's keys so far.
    total: f32,
}

// Replaces the products of a chunk by weights, relative to the largest score so far.
fn weigh(before: Row, first_key: u32, lane: Lane) -> Row {
    let quads = (min(params.keys - first_key, LANES * 4u) + 3u) / 4u;
    let first = lane.index % SHARERS;
    var peak = before.largest;
    for (var quad = first; quad < quads; quad += SHARERS) {
        let key = first_key + quad * 4u;
        let row = before.sight;
        let visible = vec4<bool>(sees(row, key), sees(row, key + 1u), sees(row, key + 2u), sees(row, key + 3u));
        let scores = select(vec4<f32>(HIDDEN), weights[quad * 8u + before.index] * params.scale, visible);
        weights[quad * 8u + before.index] = scores;
        peak = max(peak, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    }
    of_lanes[lane.index] = peak;
    workgroupBarrier();
    for (var i = 0u; i < SHARERS; i++) {
        peak = max(peak, of_lanes[before.index * SHARERS + i]);
    }
    let factor = exp(before.largest - peak);
    var total = before.total * factor;
    for (var quad = first; quad < LANES; quad += SHARERS) {
        var own = vec4<f32>();
        if quad < quads {
            own = exp(weights[quad * 8u + before.index] - peak);
        }
        weights[quad * 8u + before.index] = own;
        total += own.x + own.y + own.z + own.w;
    }
    if first == 0u {
        factors[before.index] = factor;
    }
    workgroupBarrier();
    return Row(before.sight, before.index, peak, total);
}

// Lanes of a strand, known to be the same for all.
var<workgroup> strand_width: u32;

// How the lanes share the values of a chunk: groups of `width` lanes take every so manieth quad of keys, a lane a quad of dimensions.
struct Strands {
    width: u32,
    // This lane's strand.
    index: u32,
    // This lane's quad, among those of the head.
    quad: u32,
}

fn strands_of(first_quad: u32, quads: u32, lane: Lane) -> Strands {
    let width = min(max((quads + 7u) / 8u * 8u, least_strand(lane)), LANES);
    let quad = first_quad + min(lane.index % width, quads - 1u);
    return Strands(width, min(lane.index / width, LANES / width - 1u), quad);
}

// How many strands there are. Browsers see no number of a struct as uniform that has others which are not.
fn count_of(strands: Strands, lane: Lane) -> u32 {
    if lane.index == 0u {
        strand_width = strands.width;
    }
    return LANES / workgroupUniformLoad(&strand_width);
}

fn scaled(sums: Rows) -> Rows {
    return Rows(
        sums.row0 * factors[0],
        sums.row1 * factors[1],
        sums.row2 * factors[2],
        sums.row3 * factors[3],
        sums.row4 * factors[4],
        sums.row5 * factors[5],
        sums.row6 * factors[6],
        sums.row7 * factors[7],
    );
}

// The sums with the weighted values of a chunk.
fn add_values(sums: Rows, tile: Tile, strands: Strands, count: u32, first_key: u32, lane: Lane) -> Rows {
    let keys = min(params.keys - first_key, LANES * 4u);
    let rounds = (keys + 4u * count - 1u) / (4u * count);
    var all = scaled(sums);
    for (var round = 0u; round < rounds; round++) {
        let quad = round * count + strands.index;
        let heads = (slots_of(first_key + quad * 4u) * 2u + 1u) * params.key_heads + tile.key_head;
        let values = mat4x4<f32>(
            kept4(heads.x, strands.quad),
            kept4(heads.y, strands.quad),
            kept4(heads.z, strands.quad),
            kept4(heads.w, strands.quad),
        );
        all = add_rows(all, weights_of(quad, lane), values);
    }
    // The next chunk's products replace the weights.
    workgroupBarrier();
    return all;
}

// Adds up the strands' sums and divides by the rows' totals, of which this lane knows its part.
fn finish(tile: Tile, strands: Strands, count: u32, sums: Rows, row: Row, lane: Lane) {
    if lane.index < strands.width * count {
        put(sums, strands.index * 8u * strands.width + lane.index % strands.width, strands.width);
    }
    of_lanes[lane.index] = row.total;
    workgroupBarrier();
    let first_quad = strands.quad - strands.quad % LANES;
    let quads = min(params.head_dim / 4u - first_quad, LANES);
    let pair = pair_of(tile, row.index);
    var total = 0.0;
    for (var i = 0u; i < SHARERS; i++) {
        total += of_lanes[row.index * SHARERS + i];
    }
    if tile.first + row.index >= params.rows * tile.heads {
        return;
    }
    let at = (pair.x * params.query_heads + pair.y) * (params.head_dim / 4u) + first_quad;
    for (var quad = lane.index % SHARERS; quad < quads; quad += SHARERS) {
        var sum = vec4<f32>();
        for (var s = 0u; s < count; s++) {
            sum += weights[(s * 8u + row.index) * strands.width + quad];
        }
        out[at + quad] = sum / max(total, 1e-37);
    }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let tile = Tile(group.y * 8u, group.x, params.query_heads / params.key_heads);
    load_rows(tile, lane);
    // Heads of more quads than lanes are divided among workgroups.
    let first_quad = group.z * LANES;
    let strands = strands_of(first_quad, min(params.head_dim / 4u - first_quad, LANES), lane);
    let count = count_of(strands, lane);
    let at = sources(lane);
    let index = lane.index / SHARERS;
    var row = Row(row_sights[index], index, LEAST, 0.0);
    var sums: Rows;
    for (var key = 0u; key < params.keys; key += LANES * 4u) {
        put_products(tile, at, key + lane.index * 4u, lane);
        row = weigh(row, key, lane);
        sums = add_values(sums, tile, strands, count, key, lane);
    }
    finish(tile, strands, count, sums, row, lane);
}
