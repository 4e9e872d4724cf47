//! `length.svg`: seconds of a step and of a canvas against the length of the text.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::{Line, Point};

const SIZE: (u32, u32) = (1080, 480);
/// One a plan; dark enough to be read on white.
const COLOURS: [RGBColor; 5] = [
    RGBColor(178, 34, 34),
    RGBColor(160, 85, 0),
    RGBColor(122, 45, 140),
    RGBColor(90, 90, 90),
    RGBColor(31, 78, 163),
];

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The picture as SVG.
///
/// # Errors
/// When the drawing library refuses, which it does not in memory.
pub fn draw(lines: &[Line]) -> Result<String> {
    let mut svg = String::new();
    plot(&mut svg, lines).map_err(|error| anyhow!("cannot draw the picture: {error}"))?;
    Ok(svg)
}

fn plot(svg: &mut String, lines: &[Line]) -> Outcome {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let (left, right) = area.split_horizontally(SIZE.0 / 2);
    panel(&left, lines, "a step within a block, seconds", |point| {
        point.step_seconds
    })?;
    panel(&right, lines, "64 tokens in 16 steps, seconds", |point| {
        point.total_seconds
    })?;
    area.present()?;
    Ok(())
}

/// Least and largest of the values, with some room.
fn range(values: impl Iterator<Item = f64> + Clone) -> std::ops::Range<f64> {
    let least = values.clone().fold(f64::MAX, f64::min);
    let most = values.fold(1e-6, f64::max);
    0.8 * least.clamp(1e-6, most)..1.3 * most
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    lines: &[Line],
    title: &str,
    get: fn(&Point) -> f64,
) -> Outcome {
    let points = lines.iter().flat_map(|line| &line.points);
    let lengths = range(points.clone().map(|point| f64::from(point.length)));
    let seconds = range(points.map(get));
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .caption(title, ("sans-serif", 16))
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(lengths.log_scale(), seconds.log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("positions of prompt and canvas")
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.3}"))
        .label_style(("sans-serif", 13))
        .draw()?;
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let places: Vec<(f64, f64)> = line
            .points
            .iter()
            .map(|point| (f64::from(point.length), get(point)))
            .collect();
        let dots = places
            .iter()
            .map(|&place| Circle::new(place, 4, colour.filled()));
        chart.draw_series(dots)?;
        let colour = *colour;
        chart
            .draw_series(LineSeries::new(places, colour.stroke_width(2)))?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    // The ideal: what the cheapest plan takes at the least length, whatever the length.
    let firsts = lines.iter().filter_map(|line| line.points.first()).map(get);
    let ideal = firsts.fold(f64::MAX, f64::min);
    if let Some(line) = lines.first() {
        let places = line
            .points
            .iter()
            .map(|point| (f64::from(point.length), ideal));
        chart
            .draw_series(DashedLineSeries::new(places, 4, 4, BLACK.stroke_width(1)))?
            .label("ideal")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK.stroke_width(1)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .label_font(("sans-serif", 12))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Line, Point, draw};

    #[test]
    fn the_picture_names_every_plan() {
        let line = |name: &str| Line {
            name: name.into(),
            points: [(256, 0.01), (512, 0.02)]
                .map(|(length, seconds)| Point {
                    length,
                    rows: 32,
                    step_seconds: seconds,
                    total_seconds: 9.0 * seconds,
                })
                .to_vec(),
        };
        let svg = draw(&[line("slow"), line("fast")]).unwrap();
        assert!(svg.contains("slow") && svg.contains("fast") && svg.contains("ideal"));
    }
}
