use super::{Block, Reader, Writer, buffer};

fn block(samples: std::ops::Range<i16>, stream: u16, epoch: u32, last: bool) -> Block {
    Block { samples: samples.collect(), stream, epoch, last }
}

/// What is read in steps, as the samples that it was, with silence left out.
fn heard(reader: &mut Reader, frames: usize) -> Vec<i16> {
    let mut out = vec![9.0; frames];
    let count = reader.read(&mut out, 1);
    assert!(out[count..].iter().all(|value| *value == 0.0), "the rest is silence");
    out[..count].iter().map(|value| (value * 32_768.0) as i16).collect()
}

fn pair(latency: u64, most: u64) -> (Writer, Reader) {
    buffer(latency, most)
}

#[test]
fn what_was_written_is_heard_sample_by_sample() {
    let (mut writer, mut reader) = pair(1, 10_000);
    let mut all = Vec::new();
    for at in 0..10 {
        writer.write(block(at * 100..at * 100 + 100, 1, 0, at == 9));
    }
    while all.len() < 1000 {
        let piece = heard(&mut reader, 37);
        assert!(!piece.is_empty());
        all.extend(piece);
    }
    assert_eq!(all, (0..1000).collect::<Vec<i16>>());
    let place = writer.progress().place();
    assert_eq!((place.stream, place.frames, place.ended), (1, 1000, true));
    assert!(heard(&mut reader, 10).is_empty());
    let progress = writer.progress();
    assert_eq!((progress.underruns(), progress.waiting(), progress.heard()), (0, 0, 1000));
}

#[test]
fn every_channel_gets_the_same() {
    let (mut writer, mut reader) = pair(1, 100);
    writer.write(block(5..7, 1, 0, true));
    let mut out = [1.0; 9];
    assert_eq!(reader.read(&mut out, 3), 2);
    let (five, six) = (5.0 / 32_768.0, 6.0 / 32_768.0);
    assert_eq!(out, [five, five, five, six, six, six, 0.0, 0.0, 0.0]);
}

#[test]
fn a_stream_begins_when_enough_of_it_is_there() {
    let (mut writer, mut reader) = pair(50, 1000);
    writer.write(block(1..41, 1, 0, false));
    assert!(heard(&mut reader, 10).is_empty(), "40 of 50");
    writer.write(block(41..51, 1, 0, false));
    assert_eq!(heard(&mut reader, 60).len(), 50);
    assert_eq!(writer.progress().underruns(), 1, "the stream goes on and there is nothing");
    writer.write(block(51..61, 1, 0, false));
    assert!(heard(&mut reader, 10).is_empty(), "after an underrun it waits again");
    writer.write(block(0..0, 1, 0, true));
    assert_eq!(heard(&mut reader, 60).len(), 10, "an end is reason enough");
    assert_eq!(writer.progress().underruns(), 1);
}

#[test]
fn a_cut_silences_what_was_written_and_not_what_comes_after_it() {
    let (mut writer, mut reader) = pair(1, 10_000);
    for _ in 0..5 {
        writer.write(block(0..100, 1, 0, false));
    }
    assert_eq!(heard(&mut reader, 130).len(), 130);
    writer.progress().cut();
    writer.write(block(0..100, 1, 0, true));
    assert!(heard(&mut reader, 100).is_empty());
    assert_eq!(writer.progress().place().frames, 130, "so much was heard");
    assert_eq!((writer.progress().waiting(), writer.progress().underruns()), (0, 0));
    writer.write(block(7..17, 2, 1, true));
    assert_eq!(heard(&mut reader, 100), (7..17).collect::<Vec<i16>>());
    let place = writer.progress().place();
    assert_eq!((place.stream, place.frames, place.ended), (2, 10, true));
}

#[test]
fn more_than_may_wait_is_dropped_and_counted() {
    let (mut writer, mut reader) = pair(1, 150);
    writer.write(block(0..100, 1, 0, false));
    writer.write(block(100..200, 1, 0, false));
    writer.write(block(200..250, 1, 0, true));
    assert_eq!(writer.progress().dropped(), 100);
    let wanted: Vec<i16> = (0..100).chain(200..250).collect();
    assert_eq!(heard(&mut reader, 500), wanted);
}

/// More blocks than the ring has places wait behind it, and come through in their order.
#[test]
fn small_blocks_by_the_thousand_are_kept_in_order() {
    let (mut writer, mut reader) = pair(1, 100_000);
    let blocks: i16 = if cfg!(miri) { 1200 } else { 5000 };
    for at in 0..blocks {
        writer.write(block(at..at + 1, (at / 1500) as u16, 0, at % 1500 == 1499 || at == blocks - 1));
    }
    let mut all = Vec::new();
    while all.len() < blocks as usize {
        let piece = heard(&mut reader, 480);
        writer.offer();
        assert!(!piece.is_empty(), "after {}", all.len());
        all.extend(piece);
    }
    assert_eq!(all, (0..blocks).collect::<Vec<i16>>());
    assert!(!writer.tidy());
}

/// Both sides at once, with cuts: nothing is heard twice or out of order.
#[test]
fn two_threads() {
    let (mut writer, mut reader) = pair(1, 1_000_000);
    let rounds: i16 = if cfg!(miri) { 20 } else { 20_000 };
    let thread = std::thread::spawn(move || {
        for at in 0..rounds {
            let epoch = writer.progress().epoch();
            writer.write(block(at..at + 1, 1, epoch, at == rounds - 1));
            if at % 1000 == 500 {
                writer.progress().cut();
            }
        }
        while !writer.offer() {
            std::thread::yield_now();
        }
        writer
    });
    let mut last = -1;
    loop {
        for sample in heard(&mut reader, 64) {
            assert!(sample > last, "{sample} after {last}");
            last = sample;
        }
        if last == rounds - 1 {
            break;
        }
        std::thread::yield_now();
    }
    let mut writer = thread.join().expect("the writer");
    assert!(!writer.tidy());
}
