// The product of each row with the weights of the experts that were chosen for it: y = expert(x W[chosen[r, s]]^T)

#import weights
#import expert
#import tile

struct Params {
    // Quads of k: k / 4.
    quads: u32,
    // Rows of one expert's weight.
    columns: u32,
    // Experts whose weights lie in this shard, one behind the other.
    first_expert: u32,
    experts: u32,
    // Experts of a row.
    slots: u32,
    // Those that one workgroup goes through.
    turns: u32,
    // Word of `weight` where the scale plane starts.
    scale_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
// [rows, slots]
@group(0) @binding(4) var<storage, read> chosen: array<u32>;

// Row and slot in one number: row * slots + slot.
var<private> entry: u32;

fn emit(shape: TileShape, row: u32, column: u32, value: vec4<f32>) {
    if row == 0u {
        finish(entry, shape.first_column + column + params.columns - shape.columns, value);
    }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    for (var turn = 0u; turn < params.turns; turn++) {
        // Browsers see no private variable as uniform, and the barriers of a tile must be reached uniformly.
        let place = group.y * params.slots + group.z * params.turns + turn;
        entry = place;
        // An expert of an earlier shard becomes a number that is too large.
        let expert = chosen[place] - params.first_expert;
        if expert < params.experts {
            let row = source_row(group.y, place);
            let first = expert * params.columns;
            let shape = TileShape(
                row,
                row + 1u,
                first + group.x * TILE_COLUMNS,
                first + params.columns,
                params.quads,
                params.scale_offset,
            );
            tile_product(shape, lane);
            // The next product goes through the same workgroup memory.
            workgroupBarrier();
        }
    }
}
