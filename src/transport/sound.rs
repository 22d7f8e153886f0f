//! Answers that are sound files, decoded where nobody waits: on the threads that look names up and read files.

use super::http::Answer;
use crate::protocol::Failure;

/// The answer with its body decoded, or as it is where that can not be.
#[cfg(feature = "voxta")]
pub(super) async fn decoded(answer: Result<Answer, Failure>) -> Result<Answer, Failure> {
    let mut answer = answer?;
    if answer.status != 200 {
        return Ok(answer);
    }
    let file = std::mem::take(&mut answer.body);
    // A decoder that panics has taken the file with it; what is left is an answer without a sound, which is told as such.
    let Ok(read) = tokio::task::spawn_blocking(move || crate::audio::decode(file)).await else { return Ok(answer) };
    match read {
        Ok(pcm) => {
            answer.headers.retain(|(name, _)| name != "content-type");
            answer.headers.push(("content-type".to_owned(), format!("{}{}", crate::protocol::SOUND, pcm.rate)));
            answer.body = pcm.data;
        }
        Err((file, _)) => answer.body = file,
    }
    Ok(answer)
}

/// Without a service that asks for it there is no decoder.
#[cfg(not(feature = "voxta"))]
pub(super) async fn decoded(answer: Result<Answer, Failure>) -> Result<Answer, Failure> {
    answer
}
