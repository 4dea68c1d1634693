"""The comparison with real Keras: cases as data, a recorder, the recording, and the tests that read it."""
