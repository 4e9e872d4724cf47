//! `exam.svg`: right answers against tokens per forward, a labelled point a method.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Measured;

const SIZE: (u32, u32) = (960, 600);
/// Height of a label in pixels.
const LINE: i32 = 15;
/// Room for the longest label in pixels.
const LABEL: i32 = 170;
/// One a family of methods; dark enough to be read on white.
const COLOURS: [RGBColor; 6] = [
    RGBColor(31, 78, 163),
    RGBColor(178, 34, 34),
    RGBColor(20, 110, 60),
    RGBColor(122, 45, 140),
    RGBColor(160, 85, 0),
    RGBColor(60, 60, 60),
];

/// A method's place in the plot.
struct Point<'a> {
    name: &'a str,
    speed: f64,
    percent: f64,
}

/// The picture as SVG.
///
/// # Errors
/// When the drawing library refuses, which it does not in memory.
pub fn draw(measured: &[Measured]) -> Result<String> {
    let points: Vec<Point> = measured
        .iter()
        .map(|m| Point {
            name: &m.name,
            speed: m.report.total.tokens_per_forward,
            percent: m.report.mean_percent(),
        })
        .collect();
    let mut svg = String::new();
    plot(&mut svg, &points).map_err(|error| anyhow!("cannot draw the picture: {error}"))?;
    Ok(svg)
}

/// Where the axis of right answers begins: the ten below the least value, so that methods that
/// differ little are told apart.
fn floor(points: &[Point]) -> f64 {
    let least = points
        .iter()
        .map(|point| point.percent)
        .fold(100.0, f64::min);
    (least / 10.0 - 0.2).floor().max(0.0) * 10.0
}

/// The end of an axis: a tenth more than the largest value.
fn end(values: impl Iterator<Item = f64>, least: f64) -> f64 {
    1.1 * values.fold(least, f64::max)
}

fn plot(svg: &mut String, points: &[Point]) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let speeds = 0.0..end(points.iter().map(|p| p.speed), 1.0);
    let most = points.iter().map(|p| p.percent).fold(10.0, f64::max);
    let percents = floor(points)..most + 2.0;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(speeds, percents)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("tokens per forward")
        .y_desc("right answers, mean over tasks, %")
        .label_style(("sans-serif", 14))
        .draw()?;
    let places: Vec<(i32, i32)> = points
        .iter()
        .map(|point| chart.backend_coord(&(point.speed, point.percent)))
        .collect();
    let style = ("sans-serif", 12).into_text_style(&area);
    let bottom = chart.plotting_area().get_pixel_range().1.end - LINE / 2;
    let lines = label_lines(&places, bottom);
    for ((point, &place), line) in points.iter().zip(&places).zip(lines) {
        let colour = COLOURS[family(point.name, points) % COLOURS.len()];
        let is_left = place.0 > SIZE.0 as i32 - LABEL;
        let (side, h) = match is_left {
            true => (-12, HPos::Right),
            false => (12, HPos::Left),
        };
        let label = (place.0 + side, line);
        let style = style.color(&colour).pos(Pos::new(h, VPos::Center));
        area.draw(&PathElement::new([place, label], colour.mix(0.4)))?;
        area.draw(&Circle::new(place, 4, colour.filled()))?;
        area.draw(&Text::new(point.name, label, style))?;
    }
    area.present()?;
    Ok(())
}

/// Number of the point's family: names that agree up to the first hyphen.
fn family(name: &str, points: &[Point]) -> usize {
    let first = |name: &str| name.split('-').next().unwrap_or_default().to_owned();
    let mut families: Vec<String> = points.iter().map(|point| first(point.name)).collect();
    families.dedup();
    let found = families.iter().position(|family| *family == first(name));
    found.unwrap_or_default()
}

/// The height of each label: the point's own, or as far below as keeps it off the labels nearby;
/// those that would come below `bottom` are pushed up again.
fn label_lines(places: &[(i32, i32)], bottom: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|&index| places[index].1);
    let mut lines: Vec<i32> = places.iter().map(|place| place.1).collect();
    let is_near = |a: usize, b: usize| (places[a].0 - places[b].0).abs() < LABEL;
    for (rank, &index) in order.iter().enumerate() {
        let above = order[..rank].iter().filter(|&&i| is_near(i, index));
        let least = above.map(|&i| lines[i] + LINE).max();
        lines[index] = lines[index].max(least.unwrap_or(i32::MIN));
    }
    for (rank, &index) in order.iter().enumerate().rev() {
        let below = order[rank + 1..].iter().filter(|&&i| is_near(i, index));
        let most = below.map(|&i| lines[i] - LINE).min();
        lines[index] = lines[index].min(most.unwrap_or(bottom));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{LINE, label_lines};

    #[test]
    fn labels_keep_apart() {
        let places = [(10, 100), (20, 101), (30, 99), (500, 100)];
        let lines = label_lines(&places, 300);
        assert_eq!(lines, [99 + LINE, 99 + 2 * LINE, 99, 100]);
    }

    #[test]
    fn labels_stay_inside() {
        let lines = label_lines(&[(10, 100), (20, 100), (500, 100)], 100);
        assert_eq!(lines, [100 - LINE, 100, 100]);
    }
}
