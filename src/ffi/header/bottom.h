
#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* PARLOR_H */
