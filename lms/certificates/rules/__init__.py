"""Pure rules of certificates: codes, numbers, words for numbers, states, and what is printed."""
